"""One mutant on trial: the library is imported anew with the change in it, and golden's cases are asked of it."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from conformance.adapters.serve import NotSupported as Unsupported
from conformance.events import Outcome
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result, ascii_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    from conformance.cases import Planned
    from conformance.judge import Judge
    from conformance.protocol import InitializeParams

PATIENCE = 5.0
"""Seconds of processor time after which a question counts as answered never. The original takes milliseconds."""

WAITING = 10.0
"""Seconds by the clock after which it does, too: a loop that awaits what never comes takes no processor time."""

MEMORY = 4 << 30
"""Bytes that a trial may take: a change that makes a loop endless must not take the machine with it."""

ANEW = ("cookbook", "conformance.adapters.reference", "conformance.traces.recorder")
"""How the modules begin that are imported with a change, or hold classes of the library that would be the old ones."""

How = Literal["failed", "faulted", "import", "hangs", "died", "survived"]


class Tried(msgspec.Struct, frozen=True):
    """How a trial ended; `place` is that of the case that told, in the sequence of cases, and `told` what it said."""

    how: How
    place: int = -1
    asked: int = 0
    told: str = ""

    @property
    def killed(self) -> bool:
        return self.how != "survived"


def try_in_child(
    codes: Mapping[str, CodeType],
    cases: Sequence[Planned],
    order: Iterable[int],
    hello: InitializeParams,
    judge: Judge,
) -> Tried:
    """`tried` in a process of its own, which is forked from this one and may hang or die."""
    said, status = in_child(lambda: msgspec.json.encode(tried(codes, cases, order, hello, judge)))
    if said:
        return msgspec.json.decode(said, type=Tried)
    return Tried("hangs" if is_hung(status) else "died")


def in_child(work: Callable[[], bytes]) -> tuple[bytes, int]:
    """What `work` returns in a process of its own, forked from this one, and the status with which that ended.

    The process is limited in memory, silent, and ends by a signal when it does not call `be_patient` often enough.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            _limit()
            with os.fdopen(write, "wb") as pipe:
                pipe.write(work())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return said, status


def is_hung(status: int) -> bool:
    """Whether a process with this status ended because its patience did."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)


def tried(
    codes: Mapping[str, CodeType],
    cases: Sequence[Planned],
    order: Iterable[int],
    hello: InitializeParams,
    judge: Judge,
) -> Tried:
    """Ask the cases at the places of `order` until one does not pass. This process has the mutant from now on."""
    warnings.simplefilter("ignore")  # The library warns of things that golden asks on purpose.
    be_patient()
    try:
        session = changed_session(codes, hello)
    except BaseException:
        return Tried("import")
    asked = 0
    for place in order:
        asked += 1
        be_patient()
        verdict = judge.verdict(cases[place], answer(session, cases[place]))
        if verdict.outcome is Outcome.FAILED:
            return Tried("failed", place, asked)
        if verdict.outcome is not Outcome.PASSED:
            return Tried("faulted", place, asked, verdict.reason)
    return Tried("survived", asked=asked)


def shows(
    codes: Mapping[str, CodeType],
    cases: Sequence[Planned],
    order: Sequence[int],
    hello: InitializeParams,
    judge: Judge,
    *,
    first: int,
    most: int,
) -> list[int]:
    """The places of cases that tell the change: all of the first so many of `order`, then others up to `most` in sum.

    Found out in a process of its own. Empty when the library cannot be imported with the change, or a question of it
    takes the process with it: any case that gets so far tells as much.
    """

    def asked() -> bytes:
        warnings.simplefilter("ignore")
        be_patient()
        session = changed_session(codes, hello)
        telling: list[int] = []
        for at, place in enumerate(order):
            if at >= first and len(telling) >= most:
                break
            be_patient()
            if judge.verdict(cases[place], answer(session, cases[place])).outcome is not Outcome.PASSED:
                telling.append(place)
        return msgspec.json.encode(telling)

    said, _ = in_child(asked)
    return msgspec.json.decode(said, type=list[int]) if said else []


def changed_session(codes: Mapping[str, CodeType], hello: InitializeParams) -> Any:
    """A session of the reference with other code in some of its modules. This process has that code from now on."""
    every = {**originals(), **codes}
    for name in list(sys.modules):
        if name.startswith(ANEW):
            del sys.modules[name]
            package, _, child = name.rpartition(".")
            if package in sys.modules:  # `from package import child` would find it there.
                vars(sys.modules[package]).pop(child, None)
    sys.meta_path.insert(0, _Changing(every))
    # What a format makes of words it must be asked every time, not only the first time that it meets their roles.
    importlib.import_module("cookbook.renderers").Renderer.learns_shapes = False
    session = importlib.import_module("conformance.adapters.reference").Reference()
    session.initialize(msgspec.to_builtins(hello))
    return session


@cache
def originals() -> Mapping[str, CodeType]:
    """The code of every module that a changed session imports anew, as far as it is imported already.

    Asked for once before processes are forked, it spares each of them from compiling the library, or reading it.
    """
    found = {}
    for name, module in list(sys.modules.items()):
        loader = module.__spec__.loader if name.startswith(ANEW) and module.__spec__ else None
        if isinstance(loader, importlib.abc.InspectLoader) and (code := loader.get_code(name)) is not None:
            found[name] = code
    return found


def answer(session: Any, planned: Planned) -> Answer:
    """As the loop of the adapter answers, and as the runner reads it."""
    from conformance.adapters.serve import Rejected

    try:
        params = msgspec.json.decode(planned.case.params)
        return Result(ascii_json(session.answer(planned.case.operation, params)))
    except Rejected as error:
        return Rejection(error.kind, str(error))
    except Unsupported as error:
        return NotSupported(str(error))
    except Exception as error:
        return Fault("broke", f"{type(error).__name__}: {error}")


def _limit() -> None:
    statm = Path("/proc/self/statm")
    if statm.exists():  # Elsewhere nobody says how much there is already, of which the limit is the sum.
        most = int(statm.read_text().split()[0]) * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)


def be_patient() -> None:
    """Begin to count anew. The signals, which are not caught, end the process when the time is over."""
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.setitimer(signal.ITIMER_REAL, WAITING)


class _Changing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules other code; the paths are those of the originals."""

    def __init__(self, codes: Mapping[str, CodeType]) -> None:
        self._codes = codes

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname not in self._codes:
            return None
        return importlib.util.spec_from_file_location(fullname, self._codes[fullname].co_filename, loader=self)

    def is_package(self, fullname: str) -> bool:
        """Whether the module is the file of a package."""
        return Path(self._codes[fullname].co_filename).name == "__init__.py"

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._codes[module.__name__], vars(module))
