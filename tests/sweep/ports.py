"""The reference as a port that goes wrong where a message says so, in the way that the message names."""

from __future__ import annotations

import os
import sys
from typing import Any

from conformance.adapters import reference
from conformance.adapters.serve import NotSupported, Rejected


def _faulty(answer: Any) -> Any:
    def wrong(session: Any, params: Any) -> Any:
        text = str(params["messages"])
        if "HANG" in text:
            import time

            time.sleep(60)
        if "CRASH" in text:
            os._exit(3)
        if "BREAK" in text:
            raise KeyError("planted")
        if "REFUSE" in text:
            raise Rejected("renderer_error", "planted")
        if "DECLINE" in text:
            raise NotSupported("planted")
        try:
            made = answer(session, params)
        except Exception:
            if "ACCEPT" in text:
                return {"tokens": [1], "weights": [1]}
            raise
        if "NEWLINE" in text:
            made["tokens"].append(10)
            made["weights"].append(0)
        if "WEIGHT" in text:
            made["weights"][0] = 1
        return made

    return wrong


if __name__ == "__main__":
    name = "renderer.build_supervised_example"
    reference.OPERATIONS[name] = _faulty(reference.OPERATIONS[name])
    # The name of this port, and that it is slow, may be given: what a sweep remembers depends on its command.
    sys.argv = sys.argv[:1]
    reference.main()
