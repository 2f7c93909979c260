"""What the service answers instead of a result."""

from __future__ import annotations


class Refused(Exception):
    """A request that is not acted on: the status to answer, and the `detail` of the API's error body.

    Attributes:
        status: an HTTP status from 400 up.
        detail: one line for the client's author.
        headers: more headers of the answer.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


class Dropped(Exception):
    """The script says that this connection is to be cut without an answer."""
