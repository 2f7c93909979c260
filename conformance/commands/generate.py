"""`conformance generate`: make golden/ from the corpus and the oracles, or prove that it is what they say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance import byte_tokenizers, schemas
from conformance.answer_cache import AnswerCache
from conformance.atomic import write_whole
from conformance.cases import Asks, Case
from conformance.commands.selecting import hello_for, lexicons, pythons_of
from conformance.conversation import Question
from conformance.exits import Exit, SuiteError, UsageError
from conformance.generate import Assembler, Golden, case_line, check, flags_file, manifest, resolved, smoke_file
from conformance.golden_path import golden_dir
from conformance.operation_table import operations_page
from conformance.oracles.panel import ask_panel
from conformance.oracles.registry import ORACLES, oracle_command
from conformance.oracles.rulings import load_rulings
from conformance.tokenizers import Store, StoreError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from conformance.corpus import Question as CorpusQuestion
    from conformance.oracles.panel import Asked

SHOWN = 20
"""How many disagreements without a ruling are shown."""


def main(arguments: Namespace) -> int:
    """Ask, assemble, and write or check.

    Raises:
        UsageError: an oracle's environment or a tokenizer is missing.
        SuiteError: an oracle broke, or a disagreement has no ruling.
    """
    from conformance.corpus import files

    pythons = pythons_of(arguments)
    for oracle in ORACLES.values():
        oracle_command(oracle, pythons)  # What is missing is found out before anything is asked.
    corpus = files()
    store = Store()
    names = {str(q.params["tokenizer"]) for questions in corpus.values() for q in questions if "tokenizer" in q.params}
    params, asks = resolve_all(corpus, store, names)
    questions = [Question(q.id, q.operation, params[q.id]) for group in corpus.values() for q in group]
    with AnswerCache(store.directory / "answers.sqlite") as cache:
        asked = ask_panel(
            tuple(ORACLES.values()),
            questions,
            asks,
            hello_for(names, store),
            pythons=pythons,
            cache=None if arguments.fresh else cache,
        )
    golden, cases = _assemble(corpus, params, asks, asked, store)
    _add_traces(golden, cases, asked, pythons, store.directory / "traces", fresh=arguments.fresh)
    directory = Path(arguments.output) if arguments.output else golden_dir()
    if arguments.check:
        lines = check(golden, directory)
        lines += [f"tokenizers/{line}" for line in byte_tokenizers.check(directory / "tokenizers")]
        lines += [f"schema/{line}" for line in schemas.check(directory / "schema")]
        return _report_check(lines)
    byte_tokenizers.write(directory / "tokenizers")
    schemas.write(directory / "schema")
    for path in (*(directory / "cases").rglob("*.jsonl"), *(directory / "traces").glob("*.json")):
        if path.relative_to(directory).as_posix() not in golden.files:
            path.unlink()
    for name, content in golden.files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(directory / name, content)
    print(f"{sum(map(len, cases.values()))} cases in {len(cases)} files written to {directory}")
    return Exit.CONFORMS


def _add_traces(
    golden: Golden,
    cases: dict[str, list[Case]],
    asked: list[Asked],
    pythons: Mapping[str, Path],
    kept: Path,
    *,
    fresh: bool,
) -> None:
    """The scenarios of training loops, and cases of them."""
    from conformance.traces.generate import generate_traces, trace_cases
    from conformance.traces.scenario import scenarios_dir

    traces = generate_traces(
        pythons,
        kept=kept,
        written=scenarios_dir(),
        fresh=fresh,
        progress=lambda name: print(f"upstream's loop: {name}", file=sys.stderr),
    )
    from conformance.corpus import sets

    golden.files |= traces
    if traced := list(trace_cases(traces)):
        path = "cases/trace/loops.bytes.jsonl"
        cases[path] = traced
        golden.files[path] = b"".join(map(case_line, traced))
    golden.files["smoke.json"] = smoke_file(cases, sets.smoke())
    golden.files["manifest.json"] = manifest(asked, cases, golden.files)


def resolve_all(
    corpus: Mapping[str, tuple[CorpusQuestion, ...]], store: Store, names: set[str]
) -> tuple[dict[str, bytes], dict[str, Asks]]:
    """The params of every question as they go over the wire, and whom they ask, by id."""
    from rich.console import Console

    try:
        store.fetch(sorted(names), progress=Console(stderr=True), companions=True)
    except StoreError as error:
        raise UsageError(str(error)) from error
    loaded = {name: store.load(name) for name in names}
    params = {
        question.id: resolved(question, lambda tokenizer, text: loaded[tokenizer].encode(text))
        for questions in corpus.values()
        for question in questions
    }
    asks = {id: msgspec.json.decode(raw, type=Asks) for id, raw in params.items()}
    return params, asks


def _assemble(
    corpus: Mapping[str, tuple[CorpusQuestion, ...]],
    params: Mapping[str, bytes],
    asks: Mapping[str, Asks],
    asked: list[Asked],
    store: Store,
) -> tuple[Golden, dict[str, list[Case]]]:
    from conformance.corpus import FLAGS

    rulings = load_rulings()
    assembler = Assembler(asked=asked, rulings=rulings, lexicon=lexicons(store))
    cases = {
        f"cases/{path}": [assembler.case(q, params[q.id], asks[q.id]) for q in questions]
        for path, questions in corpus.items()
    }
    golden = assembler.golden
    if golden.unruled:
        shown = "\n".join(f"  {line}" for line in golden.unruled[:SHOWN])
        more = len(golden.unruled) - SHOWN
        raise SuiteError(
            f"{len(golden.unruled)} disagreements have no ruling:\n{shown}"
            + (f"\n  and {more} more" if more > 0 else "")
        )
    unused = [rulings[place].why for place in range(len(rulings)) if place not in golden.used_rulings]
    if unused:
        raise SuiteError("a ruling speaks of no disagreement, remove it: " + "; ".join(unused))
    for path, group in cases.items():
        golden.files[path] = b"".join(map(case_line, group))
    golden.files["flags.json"] = flags_file(FLAGS)
    golden.files["operations.md"] = operations_page()
    golden.files["manifest.json"] = manifest(asked, cases, golden.files)
    return golden, cases


def _report_check(lines: list[str]) -> int:
    if not lines:
        print("golden is what the oracles say today, byte for byte")
        return Exit.CONFORMS
    for line in lines:
        print(line)
    raise SuiteError(f"{len(lines)} files of golden are not what the oracles say today; run `conformance generate`")
