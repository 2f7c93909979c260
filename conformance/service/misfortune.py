"""What the script's faults do to a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.service.errors import Dropped, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.service.faults import Fault


@dataclass(frozen=True, kw_only=True)
class Misfortune:
    """What is still to be done about a request that is served."""

    try_again: bool = False
    metadata_only: bool = False
    drop_reply: bool = False
    withhold: tuple[Fault, ...] = ()


async def befall(faults: Iterable[Fault]) -> Misfortune:
    """Let the faults happen that come before the request is acted on.

    Raises:
        Refused: the script answers in the service's place.
        Dropped: it cuts the connection.
    """
    faults = tuple(faults)
    for fault in faults:
        if fault.do == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.do == "status":
            headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
            raise Refused(fault.status, f"the script answers {fault.status}", headers)
        elif fault.do == "drop":
            raise Dropped
    done = {fault.do for fault in faults}
    return Misfortune(
        try_again="try_again" in done,
        metadata_only="metadata_only" in done,
        drop_reply="drop_reply" in done,
        withhold=tuple(fault for fault in faults if fault.do == "withhold"),
    )
