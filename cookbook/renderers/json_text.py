"""JSON text as Python's own parser reads it, and its limits as an error of this package."""

from __future__ import annotations

import json
from typing import Any

from cookbook.errors import InvalidMessageError


def read_json(text: str) -> Any:
    """The value that `text` holds; NaN and infinities are values, as in `json.loads`.

    Raises:
        json.JSONDecodeError: the text is not JSON.
        InvalidMessageError: it is, but beyond what Python reads: an integer of more than 4300 digits, or nested too
            deep. Upstream (tinker-cookbook 0.5.8) lets Python's errors out, even where it lists broken calls.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidMessageError(f"JSON beyond Python's limits: {error}") from error
