"""Which oracles there are, where each lives, and what it is called as a witness."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.exits import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = Path(__file__).resolve().parents[2]
"""The directory that holds the packages `conformance` and `cookbook`, wherever they are installed."""


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """An adapter that is trusted.

    `environment` is the tox environment that holds what it needs; None is the environment we run in.
    `witness` is what a golden case calls it, with `{version}` (as it says in the handshake) and `{renderer}`.
    `release` makes it history: an older release of the principal oracle, or of a package that it stands on, whose
    differing answers are kept as digests, under `called`. It lives in the directory `history/<release>` of the
    principal oracle's environment, and runs on what that has.
    """

    name: str
    module: str
    witness: str
    environment: str | None = None
    release: str = ""
    called: str = "{version}"
    fetches: str = ""
    """A module whose `fetch()` gets what the oracle needs and no package manager brings."""


HISTORY = ("0.1.0", "0.2.2", "0.3.0", "0.4.3", "0.5.0")
"""The older releases of the principal oracle that are asked."""

PRINCIPAL = "upstream"
"""The oracle whose answer becomes golden, unless a ruling says otherwise."""

ORACLES: Mapping[str, Oracle] = MappingProxyType(
    {
        oracle.name: oracle
        for oracle in (
            Oracle(
                name="upstream",
                module="conformance.oracles.upstream",
                witness="upstream=={version}",
                environment="oracle-upstream",
            ),
            Oracle(
                name="chat-template",
                module="conformance.oracles.chat_template",
                witness="chat-template:{renderer}",
                environment="oracle-chat-template",
            ),
            Oracle(
                name="harmony",
                module="conformance.oracles.harmony",
                witness="harmony=={version}",
                environment="oracle-harmony",
                fetches="conformance.oracles.o200k",
            ),
            Oracle(
                name="tml-renderers",
                module="conformance.oracles.tml_renderers",
                witness="tml-renderers=={version}",
                environment="oracle-tml-renderers",
            ),
            Oracle(name="reference", module="conformance.adapters.reference", witness="reference"),
            *(
                Oracle(
                    name=f"upstream-{release}",
                    module="conformance.oracles.upstream",
                    witness="upstream=={version}",
                    environment="oracle-upstream",
                    release=release,
                )
                for release in HISTORY
            ),
            # The client of the live API before it sent protocol buffers: what ports of that time were written against.
            Oracle(
                name="tinker-0.15.0",
                module="conformance.oracles.sdk_wire",
                witness="tinker=={version}",
                environment="oracle-upstream",
                release="tinker-0.15.0",
                called="tinker=={version}",
            ),
        )
    }
)


def oracle_command(oracle: Oracle, given: Mapping[str, Path]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command that starts an oracle, and the environment variables it needs.

    Its Python is the one given for its name, else that of its tox environment under the working directory.

    Raises:
        UsageError: that Python is not there. The text says how to build the environment.
    """
    if oracle.environment is None:
        python = Path(sys.executable)
    else:
        named = given.get(PRINCIPAL if oracle.release else oracle.name)
        python = named or Path(".tox", oracle.environment, "bin", "python").absolute()
    release = python.parent.parent / "history" / oracle.release
    if not python.is_file() or (oracle.release and not release.is_dir()):
        raise UsageError(
            f"the oracle {oracle.name} has no Python at {python}: build it with `tox -e {oracle.environment}`, "
            f"or name one with `--python {oracle.name}=PATH`"
        )
    places = (str(release) if oracle.release else "", str(PACKAGES), os.environ.get("PYTHONPATH", ""))
    path = os.pathsep.join(filter(None, places))
    return (str(python), "-m", oracle.module), {**os.environ, "PYTHONPATH": path}
