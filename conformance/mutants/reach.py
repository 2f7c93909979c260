"""Which cases reach which lines of the library, so that a mutant is asked only what could tell it from the original."""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import NotSupported, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import FrameType

    from conformance.cases import Planned
    from conformance.protocol import InitializeParams
    from cookbook.tokenizer import Tokenizer

Line = tuple[str, int]


class Reach:
    """For each line of each file, the places of the cases (in the sequence given) that run it."""

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
        self._files = {file: sorted(places) for file, places in by_file.items()}

    def of_lines(self, file: str, lines: Iterable[int]) -> list[int]:
        """The places of the cases that run any of these lines, in order."""
        return sorted({place for line in lines for place in self._lines.get((file, line), ())})

    def of_file(self, file: str) -> list[int]:
        """The places of the cases that run anything in the functions of this file, in order."""
        return self._files.get(file, [])


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
