"""What is known of a tokenizer when a difference is explained: how its ids read, and which are markers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.tokenizer import Tokenizer


class ByteLexicon:
    """The lexicon of a byte tokenizer, read from its handshake object. Needs no tokenizer library."""

    def __init__(self, offer: dict[str, Any]) -> None:
        self._added: dict[int, str] = {token["id"]: token["content"] for token in offer["added"]}
        self.bos = next((at for at, content in self._added.items() if content == offer["bos_token"]), None)

    def text(self, tokens: Sequence[int]) -> str:
        """The tokens decoded together; bytes that are no UTF-8 become U+FFFD, unknown ids `<?id>`."""
        return b"".join(self._bytes(token) for token in tokens).decode("utf-8", errors="replace")

    def piece(self, token: int) -> str:
        """One token: its character where the byte is ASCII, `\\xNN` where it is a part of one."""
        if 0x80 <= token <= 0xFF:
            return f"\\x{token:02x}"
        return self._bytes(token).decode("utf-8", errors="replace")

    def is_marker(self, token: int) -> bool:
        return token in self._added

    def _bytes(self, token: int) -> bytes:
        if 0 <= token <= 0xFF:
            return bytes((token,))
        return self._added.get(token, f"<?{token}>").encode()


class FileLexicon:
    """The lexicon of a tokenizer.json."""

    def __init__(self, tokenizer: Tokenizer, added: dict[int, str]) -> None:
        self._tokenizer = tokenizer
        self._added = added

    @cached_property
    def bos(self) -> int | None:
        return self._tokenizer.bos_token_id

    def text(self, tokens: Sequence[int]) -> str:
        """The tokens decoded together; bytes that are no UTF-8 become U+FFFD, unknown ids `<?id>`."""
        written, run = [], []
        for token in tokens:
            if self._decoded(token):
                run.append(token)
            else:
                written += [self._tokenizer.decode(run), self.piece(token)]
                run = []
        return "".join([*written, self._tokenizer.decode(run)])

    def piece(self, token: int) -> str:
        """One token; a part of a character reads as U+FFFD."""
        return self._decoded(token) or self._added.get(token, f"<?{token}>")

    def _decoded(self, token: int) -> str:
        """Empty for an id that does not exist, which the tokenizer skips or trips over."""
        try:
            return self._tokenizer.decode([token])
        except (OverflowError, ValueError, TypeError):
            return ""

    def is_marker(self, token: int) -> bool:
        return token in self._added
