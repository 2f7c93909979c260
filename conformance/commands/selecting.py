"""From the arguments of a command to cases, tokenizers and askers."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from conformance import SUITE
from conformance.asking import Asker
from conformance.cases import CaseError, Planned, Selection, Tier, load_cases, select_cases
from conformance.events import WIDE, TierCount
from conformance.exits import UsageError
from conformance.lexicon import ByteLexicon, FileLexicon
from conformance.limits import Limits
from conformance.operations import OPERATIONS, invalid_params, invalid_result
from conformance.protocol import InitializeParams
from conformance.suite import WIDE as WIDE_FILE
from conformance.suite import load_manifest, load_smoke, load_suite, tier_of
from conformance.tokenizers import Store, StoreError, locked

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.ahead import Ahead
    from conformance.token_causes import Lexicon

TIERS: tuple[Tier, ...] = ("bytes", "real")


def cases_of(arguments: Namespace) -> list[Planned]:
    """The shipped suite or its smoke set, or the files given with `--cases`.

    Raises:
        UsageError: a given file is not one of cases; the text names file and line.
        SuiteError: the shipped suite is broken.
    """
    if arguments.smoke and (arguments.cases or arguments.wide):
        raise UsageError(f"--smoke is a part of the suite: leave out {'--cases' if arguments.cases else '--wide'}")
    if arguments.smoke:
        return load_smoke()
    if not arguments.cases:
        return load_suite()
    try:
        cases = load_cases(Path(path) for path in arguments.cases)
    except CaseError as error:
        raise UsageError(str(error)) from error
    if not cases:
        raise UsageError(f"{', '.join(arguments.cases)} holds no case; give a .jsonl file with one case a line")
    for planned in cases:
        wrong = invalid_case(planned)
        if wrong:
            raise UsageError(f"case {planned.case.id!r}: {wrong}")
    return cases


def suite_of(selection: Selection) -> tuple[list[Planned], dict[str, int]]:
    """What of the suite a selection without patterns can choose from; and how many cases of what it leaves out.

    Raises:
        SuiteError: the shipped suite is broken.
    """
    unread: Counter[str] = Counter()

    def is_read(path: str) -> bool:
        return tier_of(path) in selection.tiers and (selection.wide or WIDE_FILE not in path)

    for path, listed in load_manifest().files.items():
        tier = tier_of(path)
        if WIDE_FILE in path and not selection.wide:
            unread[WIDE] += listed.cases if tier in selection.tiers else 0
        elif not is_read(path):
            unread[tier] += listed.cases
    return load_suite(of=is_read), dict(unread)


def invalid_case(planned: Planned) -> str | None:
    """Why a case that was written by hand cannot be asked, in one line; None when it can.

    The params of a case that expects a rejection may be as wrong as the case wants them to be.
    """
    case = planned.case
    if case.operation not in OPERATIONS:
        return f"there is no operation {case.operation!r}; golden/README.md lists them"
    if planned.asks.tokenizer and planned.asks.tokenizer not in locked():
        return f"there is no tokenizer {planned.asks.tokenizer!r}; `conformance tokenizers list` shows which there are"
    if isinstance(case.expect.result, msgspec.Raw):
        try:
            return invalid_params(case.operation, bytes(case.params)) or invalid_result(
                case.operation, bytes(case.expect.result)
            )
        except RecursionError:
            return "it is nested too deeply"
    return None


def selection_of(arguments: Namespace) -> Selection:
    """What the selecting options say."""
    return Selection(
        tiers=TIERS if arguments.tier == "all" else (arguments.tier,),
        select=tuple(arguments.select),
        exclude=tuple(arguments.exclude),
        flags=tuple(arguments.flag),
        operations=tuple(arguments.operation),
        renderers=tuple(arguments.renderer),
        wide=arguments.wide,
    )


def narrowed(arguments: Namespace) -> tuple[str, ...]:
    """The options that leave cases out, as they were given; the tier apart, which reports name anyway."""
    given: dict[str, list[str]] = {
        "--select": arguments.select,
        "--exclude": arguments.exclude,
        "--flag": arguments.flag,
        "--operation": arguments.operation,
        "--renderer": arguments.renderer,
        "--cases": arguments.cases,
    }
    words = tuple(word for option, values in given.items() for value in values for word in (option, value))
    return ("--smoke", *words) if arguments.smoke else words


def selected(
    cases: Sequence[Planned], selection: Selection, unread: Mapping[str, int] = MappingProxyType({})
) -> tuple[list[Planned], tuple[TierCount, ...]]:
    """The selected cases, and for each tier how many there are and whether it was asked for.

    `unread` says how many cases there are that are not among `cases`, of tiers and of the wide set.

    Raises:
        UsageError: nothing is left, or a pattern matches nothing.
    """
    chosen = select_cases(cases, selection)
    if not chosen:
        raise UsageError("nothing is selected: no case is in this tier and matches all the patterns")
    counts = tuple(
        TierCount(
            tier=tier,
            selected=tier in selection.tiers,
            cases=sum(
                1
                for planned in cases
                if planned.tier == tier and selection.matches(planned) and (selection.wide or not planned.wide)
            )
            + unread.get(tier, 0),
        )
        for tier in TIERS
    )
    left_out = sum(1 for one in cases if one.wide and one.tier in selection.tiers and selection.matches(one))
    left_out += unread.get(WIDE, 0)
    if left_out and not selection.wide:
        counts += (TierCount(tier=WIDE, selected=False, cases=left_out),)
    return chosen, counts


def hello_for(tokenizers: Iterable[str], store: Store) -> InitializeParams:
    """The handshake that offers these tokenizers.

    Raises:
        StoreError: one is not on this machine.
    """
    offers = store.offer(sorted(tokenizers))
    return msgspec.convert({"suite": SUITE, "tokenizers": offers}, InitializeParams)


def fetched(planned: Sequence[Planned], store: Store) -> set[str]:
    """The names of the tokenizers that the cases speak of, each on this machine now.

    Raises:
        UsageError: one cannot be had.
    """
    names = {one.asks.tokenizer for one in planned if one.asks.tokenizer}
    try:
        if any(store.path(name) is None for name in names):
            from rich.console import Console

            store.fetch(sorted(names), progress=Console(stderr=True))
    except StoreError as error:
        raise UsageError(str(error)) from error
    return names


def lexicons(store: Store) -> Callable[[str], Lexicon | None]:
    """What is known of a tokenizer, read when it is first asked for."""

    @cache
    def lexicon(name: str) -> Lexicon | None:
        if name not in locked():
            return None
        (offer,) = store.offer([name]).values()
        if offer["kind"] == "bytes":
            return ByteLexicon(offer)
        added = msgspec.json.decode(Path(offer["path"]).read_bytes(), type=_TokenizerFile).added_tokens
        return FileLexicon(store.load(name), {token.id: token.content for token in added})

    return lexicon


class _AddedToken(msgspec.Struct):
    id: int
    content: str


class _TokenizerFile(msgspec.Struct):
    added_tokens: list[_AddedToken]


def asker_for(
    command: Sequence[str], hello: InitializeParams, limits: Limits, store: Store, *, ahead: Ahead | None = None
) -> Asker:
    """An asker that lends its tokenizers, and catches an adapter whose tokenizer is not the one it was offered."""
    from conformance.lent_tokenizers import lender, prober

    return Asker(command, hello, limits=limits, lend=lender(store), probe=prober(store), ahead=ahead)


def limits_of(arguments: Namespace) -> Limits:
    """The time limits that the options say."""
    return Limits(start=arguments.start_timeout, question=arguments.timeout)


def pythons_of(arguments: Namespace) -> dict[str, Path]:
    """The Pythons of oracles' environments that were given with `--python ORACLE=PATH`.

    Raises:
        UsageError: one is not of that form, or names no oracle.
    """
    from conformance.oracles.registry import ORACLES

    pythons = {}
    for item in arguments.python:
        name, _, path = item.partition("=")
        if name not in ORACLES or not path:
            raise UsageError(f"--python {item!r} is not ORACLE=PATH with one of {', '.join(ORACLES)}")
        pythons[name] = Path(path)
    return pythons
