"""`conformance explain`: one case in full, with the answers of the adapters that are named."""

from __future__ import annotations

import sys
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.asking import AdapterUnusable
from conformance.atomic import write_whole
from conformance.causes import CAUSES
from conformance.commands.selecting import asker_for, cases_of, fetched, hello_for, lexicons, limits_of
from conformance.diagnose import rounded_weights, shown_tokens
from conformance.events import Outcome
from conformance.exits import Exit, UsageError
from conformance.flags import flag_notes
from conformance.judge import Judge
from conformance.operations import invalid_result
from conformance.protocol import Fault, NotSupported, Rejection, Result, ascii_json, request_line
from conformance.rendering import Chunk
from conformance.reports.escape import visible
from conformance.reports.explain import Explanation, Ruling, Side, TokenRow, explain
from conformance.run import question, undeclared
from conformance.show import answered, show
from conformance.tokenizers import Store
from cookbook.errors import CookbookError
from cookbook.messages import message_from_json

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from conformance.asking import Asker
    from conformance.cases import Planned, Tolerance
    from conformance.protocol import Answer, InitializeParams, InitializeResult
    from conformance.rendering import Rendering
    from conformance.show import Shown
    from conformance.token_causes import Lexicon


def main(arguments: Namespace) -> int:
    """Explain the case; exit as a run of it alone would."""
    planned = _find(arguments.id, cases_of(arguments))
    store = Store()
    hello = hello_for(fetched([planned], store), store)
    if arguments.lines:
        sys.stdout.write(_lines(planned, hello))
        return Exit.CONFORMS
    lexicon = lexicons(store)
    sides: list[Side] = []
    code = Exit.CONFORMS
    if arguments.command:
        with asker_for(tuple(arguments.command), hello, limits_of(arguments), store) as asker:
            try:
                declared = asker.start()
                side, code = _ask(asker, declared, planned, lexicon)
            except AdapterUnusable as error:
                _tell(error)
                return Exit.ADAPTER_UNUSABLE
        sides.append(side)
    explanation = _explanation(planned, tuple(sides), lexicon, hello)
    if arguments.html:
        from conformance.reports.explain_html import explain_html

        write_whole(arguments.html, explain_html(explanation, _shown(planned, lexicon, hello), causes=CAUSES))
    explain(explanation, causes=CAUSES, unfold=arguments.unfold)
    return code


def _lines(planned: Planned, hello: InitializeParams) -> str:
    """The whole conversation with an adapter about this case: what to send it, line by line."""
    case = planned.case
    handshake = request_line(0, "initialize", ascii_json(hello))
    return (handshake + request_line(case.id, case.operation, bytes(case.params))).decode("ascii")


def _find(id: str, cases: Sequence[Planned]) -> Planned:
    for planned in cases:
        if planned.case.id == id:
            return planned
    near = get_close_matches(id, [planned.case.id for planned in cases], n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "; `conformance list --tier all` shows all ids"
    raise UsageError(f"there is no case {id!r}{hint}")


def _ask(
    asker: Asker, declared: InitializeResult, planned: Planned, lexicon: Callable[[str], Lexicon | None]
) -> tuple[Side, Exit]:
    name = f"{declared.implementation.name} {declared.implementation.version}".strip()
    missing = undeclared(planned, declared)
    if missing:
        return Side(name=name, kind="not supported", value=missing), Exit.DOES_NOT_CONFORM
    (reply,) = asker.ask([question(planned)])
    verdict = Judge(lexicon=lexicon).verdict(planned, reply.answer)
    side = _side(name, reply.answer, planned, lexicon)
    passed = verdict.outcome is Outcome.PASSED
    return replace(
        side, diagnosis=verdict.diagnosis, distance=verdict.distance
    ), Exit.CONFORMS if passed else Exit.DOES_NOT_CONFORM


def _shown(planned: Planned, lexicon: Callable[[str], Lexicon | None], hello: InitializeParams) -> Shown | None:
    """The conversation of the case, rendered in every way; None where it has none, or the reference refuses it."""
    params = msgspec.json.decode(planned.case.params)
    try:
        messages = [message_from_json(message) for message in params["messages"]]
        return show(
            planned.asks.renderer,
            planned.asks.tokenizer,
            messages,
            hello=hello,
            lexicon=lexicon(planned.asks.tokenizer),
            options=params.get("options", {}),
        )
    except (UsageError, CookbookError, KeyError, TypeError):
        return None


def _explanation(
    planned: Planned, others: tuple[Side, ...], lexicon: Callable[[str], Lexicon | None], hello: InitializeParams
) -> Explanation:
    case = planned.case
    expected = case.expect
    if isinstance(expected.result, msgspec.Raw):
        golden: Answer = Result(bytes(expected.result))
    else:
        golden = Rejection(expected.rejection.kind if expected.rejection else None, "")
    notes = flag_notes()
    side = _side("golden", golden, planned, lexicon)
    chunks = answered(case.operation, msgspec.json.decode(case.params), hello=hello) if side.rows else ()
    return Explanation(
        id=case.id,
        operation=case.operation,
        level=case.level,
        since=case.since,
        flags={flag: notes.get(flag, "") for flag in case.flags},
        notes=case.notes,
        tolerance=_tolerance(case.tolerance),
        witnesses=case.witnesses,
        dissent=tuple(Ruling(witness=one.witness, ruling=one.ruling, why=one.why) for one in case.dissent),
        text=case.text or "",
        wire=request_line(case.id, case.operation, bytes(case.params)).decode().rstrip("\n"),
        golden=replace(side, rows=_in_chunks(side.rows, chunks)),
        others=others,
    )


def _tolerance(tolerance: Tolerance | None) -> str:
    if tolerance is None:
        return ""
    return f"{tolerance.abs:g} + {tolerance.rel:g} of the number, in {tolerance.precision}: {tolerance.why}"


def _side(name: str, answer: Answer, planned: Planned, lexicon: Callable[[str], Lexicon | None]) -> Side:
    match answer:
        case Result():
            try:
                malformed = invalid_result(planned.case.operation, answer.raw)
                rows = () if malformed else _rows(msgspec.json.decode(answer.raw), lexicon(planned.asks.tokenizer))
                text = "" if rows else msgspec.json.format(answer.raw, indent=2).decode()
            except RecursionError:
                rows, text = (), answer.raw.decode()
            return Side(name=name, rows=rows, value=text)
        case Rejection():
            return Side(name=name, kind="rejection", value=" ".join(filter(None, (answer.kind, answer.message))))
        case NotSupported():
            return Side(name=name, kind="not supported", value=answer.reason)
        case Fault():
            return Side(name=name, kind="fault", value="\n".join(filter(None, (answer.message, answer.detail))))


def _rows(value: Any, lexicon: Lexicon | None) -> tuple[TokenRow, ...]:
    """The token sequences of a result of the right form; none when it is made of something else."""
    if not isinstance(value, dict):
        return ()
    if isinstance(value.get("examples"), list):
        examples = [_rows(example, lexicon) for example in value["examples"]]
        if not all(examples):
            return ()
        return tuple(TokenRow(tokens=rows[0].tokens, label=f"examples[{at}]") for at, rows in enumerate(examples))
    tokens = value.get("tokens")
    # A datum has tokens too, but says more than they do: what is not drawn must not be lost.
    if not isinstance(tokens, list) or not value.keys() <= {"tokens", "weights"}:
        return ()
    return (TokenRow(tokens=shown_tokens(tokens, rounded_weights(value.get("weights")), lexicon)),)


def _in_chunks(rows: tuple[TokenRow, ...], found: tuple[Rendering, ...]) -> tuple[TokenRow, ...]:
    """The rows in the chunks of the reference, as far as its tokens are theirs."""
    if len(rows) != len(found):
        return rows
    return tuple(
        replace(row, chunks=_filled(row, one)) if one.ids == tuple(token.id for token in row.tokens) else row
        for row, one in zip(rows, found, strict=True)
    )


def _filled(row: TokenRow, found: Rendering) -> tuple[Chunk, ...]:
    """The chunks with the row's own tokens, which say how they read."""
    tokens = iter(row.tokens)
    return tuple(Chunk(tokens=tuple(next(tokens) for _ in chunk.tokens), place=chunk.place) for chunk in found.chunks)


def _tell(error: AdapterUnusable) -> None:
    print(f"conformance explain: {visible(str(error))}", file=sys.stderr)
    for line in error.stderr_tail:
        print(f"  stderr: {visible(line)}", file=sys.stderr)
