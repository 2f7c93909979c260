"""Operations on a model under training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.service import datums, losses, messages, model
from conformance.service.bodies import decode
from conformance.service.errors import Refused
from conformance.service.protobuf_wire import MEDIA_TYPE, REMEDY
from conformance.service.recorder import encoded
from conformance.service.results import Failed, Passed, Plain, Result
from conformance.service.service import digest
from conformance.service.state import Model, Sampler, checked_name
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.service.futures import Future
    from conformance.service.service import Call, Service


def create_model(service: Service, call: Call) -> dict[str, Any]:
    """A fresh model of a session."""
    asked = decode(call.body, messages.CreateModel)
    session = service.state.session(asked.session_id)
    if asked.optimizer_config.type != "adamw":
        raise Refused(422, "optimizer_config: this service has only adamw")
    lora = stream.Lora(
        rank=asked.lora_config.rank,
        seed=asked.lora_config.seed,
        train_mlp=asked.lora_config.train_mlp,
        train_attn=asked.lora_config.train_attn,
        train_unembed=asked.lora_config.train_unembed,
    )
    mark = digest(encoded(stream.CreateModel(model="m", base_model=asked.base_model, lora=lora)))
    earlier = _again(session.models, asked.model_seq_id, mark)
    if earlier is not None:
        return {"request_id": earlier}
    made = _new_model(service, session.id, asked.model_seq_id, asked.base_model, lora, asked.user_metadata)
    made.created_at = service.recorder.operation(
        encoded(stream.CreateModel(model=made.name, base_model=made.base_model, lora=made.lora))
    )
    future = service.resolved(call, Plain(content={"type": "create_model", "model_id": made.id}))
    session.models[asked.model_seq_id] = (mark, future.id)
    return _submitted(future, made)


def load_weights(service: Service, call: Call) -> dict[str, Any]:
    """The weights of a checkpoint: into a model, or as a new model of a session."""
    asked = decode(call.body, messages.LoadWeights)
    if asked.model_id is not None and asked.session_id is None:
        return _load_into(service, call, asked, service.state.model(asked.model_id))
    if asked.session_id is None or asked.model_seq_id is None or asked.model_id is not None:
        raise Refused(422, "load_weights takes model_id and seq_id, or session_id and model_seq_id")
    session = service.state.session(asked.session_id)
    path = service.state.recorded_path(asked.path)
    mark = digest(encoded(stream.LoadWeights(model="m", path=path, optimizer=asked.optimizer)))
    earlier = _again(session.models, asked.model_seq_id, mark)
    if earlier is not None:
        return {"request_id": earlier}
    result: Result
    try:
        source = service.state.checkpoint(asked.path)
        if source.kind != "training":
            raise Refused(422, "weights for a sampler cannot be trained")
    except Refused as refusal:
        line = stream.LoadWeights(model=service.new_name(), path=path, optimizer=asked.optimizer)
        service.recorder.operation(encoded(line))
        future = service.resolved(call, Failed(error=refusal.detail))
    else:
        base_model = asked.base_model or source.base_model
        made = _new_model(service, session.id, asked.model_seq_id, base_model, source.lora, asked.user_metadata)
        made.version = source.weights.version
        service.recorder.operation(encoded(stream.LoadWeights(model=made.name, path=path, optimizer=asked.optimizer)))
        result = Plain(content={"type": "load_weights", "path": asked.path, "model_id": made.id})
        future = service.resolved(call, result)
    session.models[asked.model_seq_id] = (mark, future.id)
    return {"request_id": future.id}


def _load_into(service: Service, call: Call, asked: messages.LoadWeights, into: Model) -> dict[str, Any]:
    operation = stream.LoadWeights(
        model=into.name, path=service.state.recorded_path(asked.path), optimizer=asked.optimizer
    )

    def run(place: int) -> Result:
        try:
            source = service.state.checkpoint(asked.path)
        except Refused as refusal:
            return Failed(error=refusal.detail)
        if source.kind != "training":
            return Failed(error="weights for a sampler cannot be trained")
        into.version = source.weights.version
        return Plain(content={"type": "load_weights", "path": asked.path})

    return _submit(service, call, into, asked.seq_id, operation, run)


def forward_backward(service: Service, call: Call) -> dict[str, Any]:
    """A pass, on either wire."""
    if call.content_type != MEDIA_TYPE:
        asked = decode(call.body, messages.ForwardBackward)
        return _pass_of_json(service, call, asked.model_id, asked.seq_id, asked.forward_backward_input, only=False)
    if service.protobuf is None:
        raise Refused(415, f"this service speaks JSON alone; to have protobuf, {REMEDY}")
    message = service.protobuf.forward_backward(call.body)
    of = service.state.model(message.model_id)
    given = service.protobuf.decoded(message)
    config = service.protobuf.loss_fn_config(message)
    return _pass(service, call, of, message.seq_id, message.loss_fn, config, given, only=message.forward_only)


def forward(service: Service, call: Call) -> dict[str, Any]:
    """A pass that trains nothing, as SDKs up to 0.24 ask for it."""
    asked = decode(call.body, messages.Forward)
    return _pass_of_json(service, call, asked.model_id, asked.seq_id, asked.forward_input, only=True)


def _pass_of_json(
    service: Service, call: Call, model_id: str, seq_id: int | None, asked: messages.Pass, *, only: bool
) -> dict[str, Any]:
    of = service.state.model(model_id)
    given = []
    room = datums.Room()
    for place, datum in enumerate(asked.data):
        inputs = {
            name: datums.array_of_json(f"data[{place}].{name}", tensor, room)
            for name, tensor in datum.loss_fn_inputs.items()
        }
        text = datums.text_of_json(datum.model_input, room)
        given.append(datums.datum(text, inputs, loss_fn=asked.loss_fn, place=place))
    return _pass(service, call, of, seq_id, asked.loss_fn, asked.loss_fn_config or None, given, only=only)


def _pass(
    service: Service,
    call: Call,
    of: Model,
    seq_id: int | None,
    loss_fn: str,
    config: Mapping[str, float | str] | None,
    given: Sequence[datums.Datum],
    *,
    only: bool,
) -> dict[str, Any]:
    written = None
    if config is not None:
        written = {key: item if isinstance(item, str) else stream.number(item) for key, item in config.items()}
    operation = stream.ForwardBackward(
        model=of.name,
        loss_fn=loss_fn,
        datums=tuple(datums.recorded(datum) for datum in given),
        forward_only=only,
        loss_fn_config=written,
    )

    def run(place: int) -> Result:
        now = [
            model.target_logprobs(datum.text.tokens, datum.inputs["target_tokens"].astype(np.int64), of.version)
            for datum in given
        ]
        total = losses.total(
            loss_fn,
            config or {},
            (
                {name: array.astype(np.float64) for name, array in datum.inputs.items()}
                | {"now": logprobs.astype(np.float64)}
                for datum, logprobs in zip(given, now, strict=True)
            ),
        )
        return Passed(logprobs=now, metrics={"loss:sum": total})

    return _submit(service, call, of, seq_id, operation, run)


def optim_step(service: Service, call: Call) -> dict[str, Any]:
    """A step of the optimizer: the version grows by one."""
    asked = decode(call.body, messages.OptimStep)
    of = service.state.model(asked.model_id)
    adam = stream.Adam(**{name: getattr(asked.adam_params, name) for name in messages.Adam.__struct_fields__})

    def run(place: int) -> Result:
        of.version += 1
        return Plain(content={"metrics": {"optimizer_steps": float(of.version)}})

    return _submit(service, call, of, asked.seq_id, stream.OptimStep(model=of.name, adam=adam), run)


def save_weights(service: Service, call: Call) -> dict[str, Any]:
    """A checkpoint to train on from."""
    asked = decode(call.body, messages.SaveWeights)
    of = service.state.model(asked.model_id)
    name = checked_name(asked.path)

    def run(place: int) -> Result:
        saved = service.state.save(of, "training", name, ttl=asked.ttl_seconds, behind=place)
        return Plain(content={"type": "save_weights", "path": saved.path})

    operation = stream.SaveWeights(model=of.name, name=name, ttl_seconds=asked.ttl_seconds)
    return _submit(service, call, of, asked.seq_id, operation, run)


def save_weights_for_sampler(service: Service, call: Call) -> dict[str, Any]:
    """A checkpoint to sample from: under a name, or for this session alone."""
    asked = decode(call.body, messages.SaveWeightsForSampler)
    of = service.state.model(asked.model_id)
    session = service.state.session(of.session)
    name = None if asked.path is None else checked_name(asked.path)
    if name is None and asked.sampling_session_seq_id is None:
        raise Refused(422, "save_weights_for_sampler needs path or sampling_session_seq_id")

    def operation() -> stream.SaveWeightsForSampler:
        return stream.SaveWeightsForSampler(model=of.name, version=of.version, name=name, ttl_seconds=asked.ttl_seconds)

    def run(place: int) -> Result:
        if name is not None:
            saved = service.state.save(of, "sampler", name, ttl=asked.ttl_seconds, behind=place)
            return Plain(content={"type": "save_weights_for_sampler", "path": saved.path})
        sampler = Sampler(
            id=f"{session.id}:sample:{asked.sampling_session_seq_id}",
            weights=of.weights,
            base_model=of.base_model,
            model_path=None,
            recorded=stream.Sampler(model=of.name, version=of.version),
            behind=place,
        )
        if sampler.id in service.state.samplers:
            return Failed(error=f"sampling_session_seq_id {asked.sampling_session_seq_id} was used before")
        service.state.samplers[sampler.id] = sampler
        return Plain(content={"type": "save_weights_for_sampler", "path": None, "sampling_session_id": sampler.id})

    return _submit(service, call, of, asked.seq_id, operation, run)


def _submit(
    service: Service,
    call: Call,
    of: Model,
    seq_id: int | None,
    operation: stream.Operation | Callable[[], stream.Operation],
    run: Callable[[int], Result],
) -> dict[str, Any]:
    """Queue an operation. It is written down in its turn, with what is only known then; `run` gets its place."""
    line = None if callable(operation) else encoded(operation)
    mark = digest(call.endpoint.encode() + (call.body if line is None else line))
    earlier = of.turns.seen(seq_id, mark)
    if earlier is not None:
        return {"request_id": earlier, "model_id": of.id}
    future = service.new_future(call)

    def turn() -> None:
        written = operation() if callable(operation) else operation
        place = service.recorder.operation(encoded(written) if line is None else line)
        # SDKs up to 0.24 make a model from a checkpoint in two requests, later ones in one: recorded is the one.
        if of.created_at is not None and isinstance(written, stream.LoadWeights):
            service.recorder.withdraw(of.created_at)
        of.created_at = None
        service.futures.resolve(future, run(place))

    of.turns.take(seq_id, mark, future.id, turn)
    return _submitted(future, of)


def _submitted(future: Future, of: Model) -> dict[str, Any]:
    return {"request_id": future.id, "model_id": of.id}


def _again(known: Mapping[int, tuple[bytes, str]], seq: int, mark: bytes) -> str | None:
    earlier = known.get(seq)
    if earlier is None:
        return None
    if earlier[0] != mark:
        raise Refused(400, f"model_seq_id {seq} was used for another request")
    return earlier[1]


def _new_model(
    service: Service, session: str, seq: int, base_model: str, lora: stream.Lora, user_metadata: dict[str, str] | None
) -> Model:
    name = service.new_name()
    made = Model(
        id=f"{session}:train:{seq}",
        name=name,
        session=session,
        base_model=base_model,
        lora=lora,
        turns=service.new_turns(name),
        user_metadata=user_metadata,
    )
    service.state.models[made.id] = made
    return made
