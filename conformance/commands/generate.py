"""`conformance generate`: make golden/ from the corpus and the oracles, or prove that it is what they say."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.asking import AdapterUnusable, Asker, Question
from conformance.atomic import write_whole
from conformance.cases import Asks, Case
from conformance.commands.selecting import hello_for, lexicons
from conformance.exits import Exit, SuiteError, UsageError
from conformance.generate import Asked, Assembler, Golden, ask_oracle, case_line, check, flags_file, manifest, resolved
from conformance.golden_path import golden_dir
from conformance.oracles.registry import ORACLES, Oracle, oracle_command
from conformance.oracles.rulings import load_rulings
from conformance.session import Limits
from conformance.tokenizers import Store, StoreError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Mapping

    from conformance.corpus import Question as CorpusQuestion
    from conformance.protocol import InitializeParams

SHOWN = 20
"""How many disagreements without a ruling are shown."""


def main(arguments: Namespace) -> int:
    """Ask, assemble, and write or check.

    Raises:
        UsageError: an oracle's environment or a tokenizer is missing.
        SuiteError: an oracle broke, or a disagreement has no ruling.
    """
    from conformance.corpus import files

    corpus = files()
    store = Store()
    names = {str(q.params["tokenizer"]) for questions in corpus.values() for q in questions if "tokenizer" in q.params}
    params, asks = _resolve(corpus, store, names)
    asked = _ask_all(corpus, params, asks, hello_for(names, store), _pythons(arguments.python))
    golden, cases = _assemble(corpus, params, asks, asked, store)
    directory = Path(arguments.output) if arguments.output else golden_dir()
    if arguments.check:
        return _report_check(check(golden, directory))
    for path in (directory / "cases").rglob("*.jsonl"):
        if path.relative_to(directory).as_posix() not in golden.files:
            path.unlink()
    for name, content in golden.files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(directory / name, content)
    print(f"{sum(map(len, cases.values()))} cases in {len(cases)} files written to {directory}")
    return Exit.CONFORMS


def _pythons(given: list[str]) -> dict[str, Path]:
    pythons = {}
    for item in given:
        name, separator, path = item.partition("=")
        if name not in ORACLES or not separator:
            raise UsageError(f"--python {item!r} is not ORACLE=PATH with one of {', '.join(ORACLES)}")
        pythons[name] = Path(path)
    return pythons


def _resolve(
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


def _ask_all(
    corpus: Mapping[str, tuple[CorpusQuestion, ...]],
    params: Mapping[str, bytes],
    asks: Mapping[str, Asks],
    hello: InitializeParams,
    pythons: Mapping[str, Path],
) -> list[Asked]:
    questions = [Question(q.id, q.operation, params[q.id]) for group in corpus.values() for q in group]
    asked = []
    for oracle in ORACLES.values():
        command, environment = oracle_command(oracle, pythons)
        with _progress(oracle, len(questions)) as tell:
            try:
                with Asker(command, hello, limits=Limits(start=300, question=60), env=environment) as asker:
                    asked.append(ask_oracle(oracle, asker, questions, asks, tell))
            except AdapterUnusable as error:
                tail = "".join(f"\n  stderr: {line}" for line in error.stderr_tail)
                raise SuiteError(f"the oracle {oracle.name} cannot be asked: {error}{tail}") from error
    return asked


@contextmanager
def _progress(oracle: Oracle, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; elsewhere a line at the end."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    count = 0

    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"asking {oracle.name}", total=total)

        def tell(done: int) -> None:
            nonlocal count
            count = done
            if done % 50 == 0:
                progress.update(task, completed=done)

        yield tell
    if not console.is_terminal:
        print(f"{oracle.name}: {count} questions asked", file=sys.stderr)


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
    golden.files["manifest.json"] = manifest(asked, cases, golden.files)
    return golden, cases


def _report_check(lines: list[str]) -> int:
    if not lines:
        print("golden is what the oracles say today, byte for byte")
        return Exit.CONFORMS
    for line in lines:
        print(line)
    raise SuiteError(f"{len(lines)} files of golden are not what the oracles say today; run `conformance generate`")
