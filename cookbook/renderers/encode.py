"""Text to token ids: the only place where a conversation meets the tokenizer.

Nothing long is encoded twice while it is remembered. A history that only grows, as in reinforcement learning over
several turns, is looked up and not encoded again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.engines import flat
from cookbook.renderers.pieces import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cookbook.engines import Flat
    from cookbook.renderers.pieces import Chunk
    from cookbook.tokenizer import Tokenizer

    Tokens = tuple[int, ...]

# Headers hold roles and tool names, which a caller chooses: the memory for constants must not grow without end.
_MAX_CONSTANTS = 4096
# Characters of message text in each of two generations. With its ids, a character takes some 15 bytes.
_MAX_REMEMBERED = 1_000_000


class Encoder:
    """Encodes with one tokenizer, and remembers.

    The ids of constants are kept as long as there are not too many. Those of message text are kept in two generations:
    what is asked for moves to the young one, and when that is full it becomes the old one, which is dropped. So the
    memory is bounded, and what is used stays. A few words are encoded again where that is as fast as remembering them.
    Threads may share an encoder: at worst one encodes what another knew.
    """

    __slots__ = ("_constants", "_old", "_remembered", "_tokenizer", "_worth_remembering", "_young")

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._worth_remembering: int = getattr(tokenizer, "worth_remembering", 0)
        self._constants: dict[str, Tokens] = {}
        self.forget()

    def forget(self) -> None:
        """Forget all message text."""
        # A text has other ids where special tokens are split: one dictionary for False, one for True.
        self._young: tuple[dict[str, Tokens], dict[str, Tokens]] = ({}, {})
        self._old: tuple[dict[str, Tokens], dict[str, Tokens]] = ({}, {})
        self._remembered = 0

    def constant(self, text: str) -> Tokens:
        """The ids of text that a format writes itself."""
        tokens = self._constants.get(text)
        if tokens is None:
            if len(self._constants) >= _MAX_CONSTANTS:
                self._constants.clear()
            tokens = self._constants[text] = tuple(self._tokenizer.encode(text)) if text else ()
        return tokens

    def encode(self, chunk: Chunk) -> list[int]:
        """The ids of a chunk: those of its pieces, joined."""
        tokens: list[int] = []
        for piece in chunk:
            if not isinstance(piece, Text):
                tokens += self.constant(piece.text)
            elif piece.text:
                tokens += self.alike([piece.text], piece.split_special_tokens)[0]
        return tokens

    def texts(self, texts: Sequence[str], splits: Sequence[bool]) -> list[Tokens]:
        """The ids of message texts, each with its rule for special tokens.

        Raises what the tokenizer raises: InvalidInputError for text without a UTF-8 form.
        """
        by_rule = [
            iter(self.alike([text for text, own in zip(texts, splits, strict=True) if own is split], split))
            for split in (False, True)
        ]
        return [next(by_rule[split]) for split in splits]

    def alike(self, texts: Sequence[str], split: bool) -> list[Tokens]:
        """The same of texts that have one rule."""
        size = sum(map(len, texts))
        if size < self._worth_remembering:
            return [*map(tuple, self._encoded(texts, split))]
        young, old = self._young[split], self._old[split]
        found = [*map(young.get, texts)]
        unknown = found.count(None)
        if not unknown:
            return found  # type: ignore[return-value]  # none of them is None
        if not old and unknown == len(texts) == len({*texts}):
            # All are new and none comes twice, as in most data sets: a short way to what the rest gives as well.
            tokens = [*map(tuple, self._encoded(texts, split))]
            self._remember(texts, tokens, split, size)
            return tokens
        every = dict(zip(texts, found, strict=True))
        missing = [text for text, tokens in every.items() if tokens is None]
        known = {text: old[text] for text in missing if text in old} if old else {}
        new = [text for text in missing if text not in known] if known else [*missing]
        if new:
            known.update(zip(new, map(tuple, self._encoded(new, split)), strict=True))
        self._remember(known.keys(), known.values(), split, sum(map(len, known)))
        every.update(known)
        return [*map(every.__getitem__, texts)]  # type: ignore[list-item]  # none of them is None

    def _remember(self, texts: Collection[str], tokens: Iterable[Tokens], split: bool, size: int) -> None:
        if size > _MAX_REMEMBERED:
            return
        if self._remembered > _MAX_REMEMBERED:
            self._old, self._young, self._remembered = self._young, ({}, {}), 0
        self._young[split].update(zip(texts, tokens, strict=True))
        self._remembered += size

    def _encoded(self, texts: Sequence[str], split: bool) -> list[list[int]]:
        batch = getattr(self._tokenizer, "encode_batch", None)
        if batch is not None:
            return batch(texts, split_special_tokens=split)  # type: ignore[no-any-return]
        return [self._tokenizer.encode(text, split_special_tokens=split) for text in texts]

    def flat(self, texts: list[str], split: bool) -> Flat:
        """The ids of message texts in one buffer, neither looked up nor remembered. Raises as `texts` does."""
        encode_flat = getattr(self._tokenizer, "encode_flat", None)
        if encode_flat is not None:
            return encode_flat(texts, split_special_tokens=split)  # type: ignore[no-any-return]
        return flat(self._encoded(texts, split))
