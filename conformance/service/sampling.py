"""Sampling sessions, samples, and coming for results."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from conformance.service import datums, limits, messages, model
from conformance.service.bodies import decode
from conformance.service.errors import Refused
from conformance.service.recorder import FRONT, encoded
from conformance.service.results import Sampled
from conformance.service.service import digest
from conformance.service.state import Sampler, Weights
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.service.results import Top
    from conformance.service.service import Call, Service


def create_sampling_session(service: Service, call: Call) -> dict[str, Any]:
    """A sampler for a path or a base model."""
    asked = decode(call.body, messages.CreateSamplingSession)
    session = service.state.session(asked.session_id)
    made = _sampler(service, f"{session.id}:sample:{asked.sampling_session_seq_id}", asked.model_path, asked.base_model)
    earlier = service.state.samplers.get(made.id)
    if earlier is not None and earlier.recorded != made.recorded:
        raise Refused(400, f"sampling_session_seq_id {asked.sampling_session_seq_id} was used for another sampler")
    service.state.samplers.setdefault(made.id, made)
    return {"type": "create_sampling_session", "sampling_session_id": made.id}


def _sampler(service: Service, id: str, path: str | None, base_model: str | None) -> Sampler:
    if path is not None:
        source = service.state.checkpoint(path)
        return Sampler(
            id=id,
            weights=source.weights,
            base_model=base_model or source.base_model,
            model_path=path,
            recorded=stream.Sampler(path=source.recorded),
            behind=source.behind,
        )
    if base_model is None:
        raise Refused(422, "a sampler needs model_path or base_model")
    return Sampler(
        id=id,
        weights=Weights(base_model, 0),
        base_model=base_model,
        model_path=None,
        recorded=stream.Sampler(base_model=base_model),
        behind=FRONT,
    )


def get_sampler(service: Service, call: Call) -> dict[str, Any]:
    """What a sampling session samples from."""
    sampler = service.state.sampler(call.path["sampler"])
    return {"sampler_id": sampler.id, "base_model": sampler.base_model, "model_path": sampler.model_path}


def join_sampling_session(service: Service, call: Call) -> dict[str, Any]:
    """Another client of a sampling session."""
    asked = decode(call.body, messages.OfSampler)
    sampler = service.state.sampler(asked.sampling_session_id)
    sampler.clients += 1
    return {"type": "join_sampling_session", "client_id": sampler.clients}


def asample(service: Service, call: Call) -> dict[str, Any]:
    """Samples, and the log-probabilities of the prompt."""
    asked = decode(call.body, messages.Sample)
    if asked.sampling_session_id is not None:
        sampler = service.state.sampler(asked.sampling_session_id)
    else:
        sampler = _sampler(service, "", asked.model_path, asked.base_model)
    if asked.target_prompt_logprobs is not None or asked.prompt_alt_tokens_k:
        raise Refused(422, "target_prompt_logprobs and prompt_alt_tokens_k are not served here")
    text = datums.text_of_json(asked.prompt, datums.Room())
    params = asked.sampling_params
    stop = _stop_tokens(params.stop)
    _check_size(asked, len(text.tokens))
    line = encoded(
        stream.Sample(
            sampler=sampler.recorded,
            prompt=text.recorded,
            num_samples=asked.num_samples,
            params=stream.SamplingParams(
                max_tokens=params.max_tokens,
                temperature=params.temperature,
                top_p=params.top_p,
                top_k=params.top_k,
                seed=params.seed,
                stop=tuple(params.stop) if isinstance(params.stop, list) else params.stop,
            ),
            prompt_logprobs=bool(asked.prompt_logprobs),
        )
    )
    mark = digest(line)
    if asked.seq_id is not None and asked.seq_id in sampler.seen:
        known, id = sampler.seen[asked.seq_id]
        if known != mark:
            raise Refused(400, f"seq_id {asked.seq_id} was used for another sample")
        return _submitted(id, asked.num_samples)
    service.recorder.sample(line, behind=sampler.behind)
    prompt = digest(repr(text.recorded).encode())
    # Who asks for the log-probabilities of the prompt has to draw a token, but wants none: it is not counted.
    ordinal = service.state.ordinal(sampler.weights, prompt, 0 if asked.prompt_logprobs else asked.num_samples)
    future = service.resolved(call, _result(asked, text.tokens, stop, sampler.weights.version, ordinal))
    if asked.seq_id is not None:
        sampler.seen[asked.seq_id] = (mark, future.id)
        sampler.completed.append((asked.seq_id, future.id))
        sampler.changed.set()
    return _submitted(future.id, asked.num_samples)


def _check_size(asked: messages.Sample, prompt: int) -> None:
    params = asked.sampling_params
    drawn = asked.num_samples * ((params.max_tokens or model.ENDLESS) if params.stop == [] else model.LONGEST)
    if drawn * (1 + asked.topk_sample_logprobs) + prompt * asked.topk_prompt_logprobs > limits.SAMPLED_TOKENS:
        raise Refused(422, f"more than {limits.SAMPLED_TOKENS} tokens in one answer")


def _submitted(id: str, count: int) -> dict[str, Any]:
    return {"request_id": id, "sample_sequence_ids": [f"{id}:{number}" for number in range(count)]}


def _stop_tokens(stop: str | Sequence[str | int] | None) -> list[int] | None:
    """The tokens that end a sequence. Words end nothing here: the service has no tokenizer."""
    if stop is None or isinstance(stop, str):
        return None
    tokens = [item for item in stop if isinstance(item, int)]
    if tokens and len(tokens) != len(stop):
        raise Refused(422, "stop is strings or token ids, not both")
    if any(not 0 <= token < 2**31 for token in tokens):
        raise Refused(422, "a stop token is out of range")
    return tokens if tokens or not stop else None


def _result(
    asked: messages.Sample, tokens: Sequence[int], stop: Sequence[int] | None, version: int, ordinal: int
) -> Sampled:
    total = sum(tokens)
    drawn = [
        model.draw(
            tokens,
            total=total,
            ordinal=ordinal + number,
            version=version,
            max_tokens=asked.sampling_params.max_tokens,
            stop=stop,
        )
        for number in range(asked.num_samples)
    ]
    of_prompt, top = None, None
    skipped = max(0, len(tokens) - asked.prompt_logprobs_last_n) if asked.prompt_logprobs_last_n else 0
    if asked.prompt_logprobs:
        whole = model.prompt_logprobs(tokens, version)
        of_prompt = [None] * skipped + whole[skipped:]
    if asked.topk_prompt_logprobs:
        rows = _top([], tokens, version, asked.topk_prompt_logprobs)
        top = [None] * skipped + rows[skipped:]
    of_sequences = None
    if asked.topk_sample_logprobs:
        of_sequences = [_top(tokens, sequence.tokens, version, asked.topk_sample_logprobs) for sequence in drawn]
    return Sampled(sequences=drawn, prompt_logprobs=of_prompt, top_of_prompt=top, top_of_sequences=of_sequences)


def _top(before: Sequence[int], tokens: Sequence[int], version: int, k: int) -> Top:
    """The likely tokens at each place of `tokens`, which stand behind `before`; the very first has none."""
    previous = [*before[-1:], *tokens][-len(tokens) - 1 : -1] if before else [None, *tokens[:-1]]
    return [
        None if token is None else model.top_logprobs(token, len(before) + place, version, k)
        for place, token in enumerate(previous)
    ]


async def retrieve_futures(service: Service, call: Call) -> dict[str, Any]:
    """Which requests to a sampling session have results, from a cursor on."""
    asked = decode(call.body, messages.RetrieveFutures)
    sampler = service.state.sampler(asked.target.sampling_session_id)
    seconds = min(limits.SECONDS_OF_A_POLL, limits.SECONDS_OF_A_POLL if asked.timeout is None else asked.timeout)
    clone = asked.target.cloned_sampler_id
    end = asyncio.get_running_loop().time() + seconds
    while True:
        sampler.changed.clear()
        found = [
            {"state": "finished", "request_id": id, "response_payload_uncompressed_size": None}
            for seq, id in sampler.completed[asked.prev_cursor :]
            if seq // 1_000_000_000 == clone
        ]
        left = end - asyncio.get_running_loop().time()
        if found or left <= 0 or service.closing:
            return {"completions": found, "cursor": max(asked.prev_cursor, len(sampler.completed))}
        try:
            await asyncio.wait_for(sampler.changed.wait(), left)
        except TimeoutError:
            continue
