"""Which cases reach which lines of the library, so that a mutant is asked only what could tell it from the original."""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import NotSupported, Rejected
from conformance.mutants.trial import be_patient, changed_session, in_child
from conformance.protocol import InitializeParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

    from conformance.cases import Planned
    from cookbook.tokenizer import Tokenizer

Line = tuple[str, int]


class Reach:
    """For each line of each file, the places of the cases (in the sequence given) that run it.

    What runs when the library is imported is reached by whoever uses the module, or one that imports it.
    """

    def __init__(self, root: Path, cases: Sequence[Planned], hello: InitializeParams) -> None:
        """Asks every case of a session of its own: what is made once a session is reached by all who use it."""
        self._lines: defaultdict[Line, list[int]] = defaultdict(list)
        self._files: dict[str, list[int]] = {}
        offered = msgspec.to_builtins(hello)
        lent: dict[str, tuple[Tokenizer, set[Line]]] = {}
        clear = _caches()
        for place, planned in enumerate(cases):
            session = Reference()
            session.initialize(offered)
            name = planned.asks.tokenizer
            if planned.tier == "real":  # A vendor's tokenizer takes a second to load: once is enough.
                if name not in lent:
                    with _tracing(root) as loading:
                        lent[name] = session.tokenizer(name), loading
                vars(session)["tokenizer"] = dict.fromkeys([name], lent[name][0]).__getitem__
            for cache in clear:
                cache()
            with _tracing(root) as lines, contextlib.suppress(Rejected, NotSupported):
                session.answer(planned.case.operation, msgspec.json.decode(planned.case.params))
            for line in lines | lent[name][1] if name in lent else lines:
                self._lines[line].append(place)
        by_file: defaultdict[str, set[int]] = defaultdict(set)
        for (file, _), places in self._lines.items():
            by_file[file].update(places)
        self._at_import = _lines_of_import(root, offered)
        users = _users(root)
        self._files = {
            file: sorted(set().union(*(by_file.get(one, set()) for one in (file, *users[file])))) for file in users
        }

    def of_lines(self, file: str, lines: Iterable[int]) -> list[int]:
        """The places of the cases that run any of these lines, in order."""
        lines = list(lines)
        if any((file, line) in self._at_import for line in lines):
            return self.of_file(file)
        return sorted({place for line in lines for place in self._lines.get((file, line), ())})

    def of_file(self, file: str) -> list[int]:
        """The places of the cases that run anything of this file's functions, or those of its users, in order."""
        return self._files.get(file, [])


def _lines_of_import(root: Path, offered: dict[str, Any]) -> set[Line]:
    """The lines inside functions that run while the library is imported, found out in a process of its own.

    As much of it is imported as was imported before, since some modules are not until a question needs them.
    """
    names = sorted(name for name in sys.modules if name.partition(".")[0] == root.name)

    def imported() -> bytes:
        be_patient()
        with _tracing(root) as lines:
            changed_session({}, msgspec.convert(offered, InitializeParams))
            for name in names:
                importlib.import_module(name)
        return msgspec.json.encode(lines)

    said, _ = in_child(imported)
    return set(msgspec.json.decode(said, type=list[Line]))


def _users(root: Path) -> dict[str, set[str]]:
    """The files that import each file of the library."""
    files = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = str(path)
    users: dict[str, set[str]] = {file: set() for file in files.values()}
    for file in files.values():
        for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                if name in files and files[name] != file:
                    users[files[name]].add(file)
    return users


@contextlib.contextmanager
def _tracing(root: Path) -> Iterator[set[Line]]:
    """Gathers the lines below `root` that run meanwhile."""
    prefix = f"{root}/"
    lines: set[Line] = set()

    def within(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def on_call(frame: FrameType, _: str, __: object) -> Any:
        return within if frame.f_code.co_filename.startswith(prefix) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield lines
    finally:
        sys.settrace(before)


def _caches() -> list[Callable[[], object]]:
    """What empties the caches of the library's functions: a line that one case ran must be run by the next, too."""
    found = []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "cookbook":
            for value in vars(module).values():
                members = [value, *(vars(value).values() if isinstance(value, type) else ())]
                found += [member.cache_clear for member in members if hasattr(member, "cache_clear")]
    return found
