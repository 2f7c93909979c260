"""A script of what goes wrong, and how its faults are drawn.

A script is a TOML or JSON file:

    [config]                        # flags of client/config, over the service's own
    proto_compress_fwdbwd = true

    [[fault]]
    on = "forward_backward"         # the last part of an endpoint's path; of a result: "result:forward_backward"
    nth = 2                         # from the second such request on (1)
    times = 3                       # for three of them (1)
    do = "status"                   # delay, status, try_again, metadata_only, drop, drop_reply, withhold
    status = 429
    retry_after = 0.5

    [[fault]]
    on = "forward_backward"
    times = 1000
    do = "withhold"                 # show no result
    until = "optim_step"            # until the next such request arrives,
    seconds = 5                     # after so long at most

`drop` cuts the connection before anything is done, `drop_reply` after it is done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from conformance.exits import UsageError

Kind = Literal["delay", "status", "try_again", "metadata_only", "drop", "drop_reply", "withhold"]
Whole = Annotated[int, Meta(ge=1, le=10**9)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]

OF_RESULTS = "result:"
WITHHELD = frozenset(
    ("forward", "forward_backward", "optim_step", "save_weights", "save_weights_for_sampler", "load_weights", "asample")
)
"""The endpoints whose answer is a future."""


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault. What `on`, `nth` and `times` mean, the module says."""

    on: Annotated[str, Meta(min_length=1, max_length=100)]
    do: Kind
    nth: Whole = 1
    times: Whole = 1
    status: Annotated[int, Meta(ge=400, le=599)] = 500
    retry_after: Seconds | None = None
    seconds: Seconds = 1.0
    until: Annotated[str, Meta(min_length=1, max_length=100)] = "optim_step"

    def __post_init__(self) -> None:
        of_result = self.on.startswith(OF_RESULTS)
        if self.do in ("try_again", "metadata_only") and not of_result:
            raise ValueError(f"`{self.do}` is an answer to who comes for a result: on = 'result:...'")
        if self.do == "withhold" and self.on not in WITHHELD:
            raise ValueError(f"`withhold` needs one of {', '.join(sorted(WITHHELD))} in `on`")


class Known(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkpoint that is there from the start."""

    path: Annotated[str, Meta(pattern=r"^tinker://[^/]{1,200}/(weights|sampler_weights)/[^/]{1,200}$")]
    base_model: Annotated[str, Meta(min_length=1, max_length=256)]
    version: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    rank: Annotated[int, Meta(ge=1, le=65536)] = 32


class Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a service is told beforehand."""

    fault: list[Fault] = []
    checkpoint: list[Known] = []
    config: dict[str, bool | int | float | str] = {}
    dynamic_config: dict[str, bool | int | float | str] = {}


def parse(text: bytes, *, toml: bool) -> Script:
    """A script.

    Raises:
        ValueError: it is none. The text says where.
    """
    try:
        if not toml:
            return msgspec.json.decode(text, type=Script)
        import tomllib

        content: dict[str, Any] = tomllib.loads(text.decode())
        return msgspec.convert(content, Script)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read(path: Path | str) -> Script:
    """A script from a file: JSON if its name ends so, else TOML.

    Raises:
        UsageError: it cannot be read, or is no script.
    """
    try:
        return parse(Path(path).read_bytes(), toml=not str(path).endswith(".json"))
    except OSError as error:
        raise UsageError(f"cannot read the script {str(path)!r}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise UsageError(f"{str(path)!r} is not a script of faults: {error}") from error


class Faults:
    """Counts requests, and says what is to go wrong with the next."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = list(faults)
        self._asked = [0] * len(faults)
        self.fired = 0

    def add(self, fault: Fault) -> None:
        """One more, which counts from now on."""
        self._faults.append(fault)
        self._asked.append(0)

    def draw(self, endpoint: str) -> list[Fault]:
        """What befalls this request, in the order of the script."""
        befalls = []
        for place, fault in enumerate(self._faults):
            if fault.on in (endpoint, "*"):
                self._asked[place] += 1
                if fault.nth <= self._asked[place] < fault.nth + fault.times:
                    befalls.append(fault)
        self.fired += len(befalls)
        return befalls
