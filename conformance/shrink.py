"""Make a question small while what is wrong with its answer stays: delete, shorten, simplify, one change at a time.

It works on the JSON of the params, of any operation, and knows of their meaning only what their names say: that there
are names not to be touched, and that JSON may stand inside a string. Whether a smaller question is still interesting
is for the caller to say, who asks both sides; each is asked before the next is made up, because with an adapter that
answers in less than a millisecond waiting costs less than guessing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEPS = 2000
"""How many smaller questions are asked at most."""

NAMES = frozenset({"renderer", "tokenizer", "type", "dtype", "train_on_what", "termination"})
"""Members whose text is one of a few words: they are kept or deleted, never shortened."""
SIMPLER = {"role": ("user", "assistant")}
"""Members whose text has a simplest value that is better than a short one."""

LETTER = ord("a")
"""The simplest token: it can be read."""

Path = tuple[str | int, ...]


class Shrinking:
    """The state of shrinking one question. `steps` counts the questions asked."""

    def __init__(self, value: Any, interesting: Callable[[Any], bool], *, steps: int = STEPS) -> None:
        """`interesting(value)` says whether a smaller value still shows the difference. `value` itself must."""
        self.value = value
        self.steps = 0
        self._interesting = interesting
        self._most = steps
        self._seen = {_key(value)}

    def run(self) -> Any:
        """The smallest value found: no single change makes it smaller, unless the steps ran out."""
        changed = True
        while changed and self.steps < self._most:
            before = _key(self.value)
            for shorten in (self._delete_items, self._delete_members, self._flatten, self._texts, self._numbers):
                shorten()
            changed = _key(self.value) != before
        return self.value

    def _attempt(self, path: Path, replacement: Any) -> bool:
        """Put `replacement` at `path`, and keep it if that is still interesting."""
        candidate = replaced(self.value, path, replacement)
        key = _key(candidate)
        if key in self._seen or self.steps >= self._most:
            return False
        self._seen.add(key)
        self.steps += 1
        if not self._interesting(candidate):
            return False
        self.value = candidate
        return True

    def _delete_items(self) -> None:
        for path in _paths(self.value, list):
            # What contained it may be gone by now.
            if isinstance(found := at(self.value, path), list):
                self._without_chunks(path, found)

    def _without_chunks(self, path: Path, items: list[Any]) -> None:
        size = len(items)
        while size:
            start = 0
            while start < len(items):
                fewer = items[:start] + items[start + size :]
                if self._attempt(path, fewer):
                    items = fewer
                else:
                    start += size
            size //= 2

    def _delete_members(self) -> None:
        for path in _paths(self.value, dict):
            found = at(self.value, path)
            for name in list(found) if isinstance(found, dict) else ():
                fewer = {key: value for key, value in found.items() if key != name}
                if self._attempt(path, fewer):
                    found = fewer

    def _flatten(self) -> None:
        """A text in place of the parts that hold it; an item in place of the list."""
        for path in _paths(self.value, list):
            found = at(self.value, path)
            if path and isinstance(found, list):
                texts = [
                    one[key] for one in found if isinstance(one, dict) for key in ("text", "thinking") if key in one
                ]
                simpler: list[Any] = ["", "".join(texts), *texts] if texts else found[:1]
                any(self._attempt(path, one) for one in simpler)

    def _texts(self) -> None:
        for path in _paths(self.value, str):
            found = at(self.value, path)
            if not isinstance(found, str) or path[-1] in NAMES:
                continue
            if simpler := SIMPLER.get(str(path[-1])):
                # Those before it, if it is one of them.
                rank = simpler.index(found) if found in simpler else len(simpler)
                any(self._attempt(path, one) for one in simpler[:rank])
            elif found:
                self._inner_json(path, found)
                self._shorter(path)
                self._plainer(path)

    def _inner_json(self, path: Path, text: str) -> None:
        """JSON in a string, made smaller as JSON: cut anywhere else, it would only break."""
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(inner, list | dict) or not inner:
            return

        def interesting(candidate: Any) -> bool:
            return self._attempt(path, json.dumps(candidate, ensure_ascii=False))

        inside = Shrinking(inner, interesting, steps=self._most - self.steps)
        inside._delete_items()
        inside._delete_members()
        inside._texts()
        inside._numbers()

    def _shorter(self, path: Path) -> None:
        text = at(self.value, path)
        if self._attempt(path, ""):
            return
        size = len(text) // 2
        while size:
            start = 0
            while start < len(text):
                fewer = text[:start] + text[start + size :]
                if self._attempt(path, fewer):
                    text = fewer
                else:
                    start += size
            size //= 2

    def _plainer(self, path: Path) -> None:
        """Every character that can be an `a` becomes one, all at once or each for itself."""
        text = at(self.value, path)
        if self._attempt(path, "a" * len(text)):
            return
        for place, char in enumerate(text):
            for plain in ("a", " "):
                if char in ("a", plain):
                    break
                if self._attempt(path, text[:place] + plain + text[place + 1 :]):
                    text = text[:place] + plain + text[place + 1 :]
                    break

    def _numbers(self) -> None:
        for path in _paths(self.value, int | float):
            found = at(self.value, path)
            if isinstance(found, bool) or not isinstance(found, int | float):
                if found is True:
                    self._attempt(path, False)
                continue
            if "tokens" in path:
                if found != LETTER:
                    self._attempt(path, LETTER)
                continue
            if not any(self._attempt(path, nearer) for nearer in _nearer(found)):
                self._halve(path)

    def _halve(self, path: Path) -> None:
        found = at(self.value, path)
        while isinstance(found, int) and abs(found) > 1 and self._attempt(path, int(found / 2)):
            found = at(self.value, path)


def replaced(value: Any, path: Path, replacement: Any) -> Any:
    """A copy of `value` with `replacement` at `path`; what is beside the path is shared."""
    if not path:
        return replacement
    copy: Any = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], replacement)
    return copy


def at(value: Any, path: Path) -> Any:
    """What stands at `path`; None where there is nothing any more."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _paths(value: Any, kind: Any) -> list[Path]:
    """Where values of this type are, the outer ones first, the last ones of a list first."""
    return [path for path, found in sorted(_walk(value, ()), key=lambda one: len(one[0])) if isinstance(found, kind)]


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*path, key))
    elif isinstance(value, list):
        # From the end: deleting an item moves only what has been seen.
        for place in range(len(value) - 1, -1, -1):
            yield from _walk(value[place], (*path, place))


def _nearer(number: float) -> Iterator[float]:
    """Numbers that are nearer to 0, and whole."""
    if number in (0, 1) and isinstance(number, int):
        yield from range(number)
        return
    yield from (0, 1)
    if isinstance(number, float) and number == number and abs(number) < 1e15 and number != int(number):
        yield int(number)


def _key(value: Any) -> str:
    return json.dumps(value)
