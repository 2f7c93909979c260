# ruff: noqa: RUF001 (texts that are hard on purpose)
"""Whether an engine gives the ids of another: asked on texts in which engines are known to differ.

A few milliseconds, so it is asked whenever an engine is loaded. It does not replace the long comparison of
`python -m conformance.benchmarks.engines`, which this project runs on millions of tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.engines import Engine

_WORDS = "The quick brown fox, it's 12345678 o'clock; I'LL we've   spaces\t\ttabs\r\n\r\nlines \n x"
_CODE = "def f(x):\n    return {'a': [1, 2.5e-7], \"b\": x[1:]}  # done\n\n\n\tif (a&&b)||!c{ ++i; }"
_WORLD = "Größe naïve e\u0301 ﬁ Ω\u212b \u00a0 中文字符测试,日本語テスト 한국어 สวัสดี العربية עברית हिन्दी 𓀀 𝔘𝔫𝔦"
_SIGNS = "😀👨‍👩‍👧🇩🇪👍🏽 \u200d\ufeff\u2028\u2029\x00\x1b\x7f\ufffd\u0301\u0301 …—“”«»™½²①"
_RUNS = "a" * 70 + " " * 70 + "9" * 70 + "\n" * 70 + "=" * 70 + "é" * 70 + "の" * 70


def texts(special: Sequence[str]) -> list[str]:
    """The texts of the fingerprint, `special` ones among them: as they are, in words, side by side and cut in half."""
    plain = [_WORDS, _CODE, _WORLD, _SIGNS, _RUNS]
    joined = [f"{one[:40]}{other[-40:]}" for one in plain for other in plain]
    pieces = [text[start : start + 7] for text in plain for start in range(0, 70, 5)]
    marked = [
        form
        for token in special
        for form in (token, f"a{token}b", f" {token} ", f"\n{token}\n", f"{token}{token}", token[:-1], token[1:])
    ]
    return ["", *plain, *joined, *pieces, *marked, "".join(special), *(_WORDS.replace(" ", one) for one in special[:3])]


def difference(engine: Engine, defining: Callable[..., list[list[int]]], special: Sequence[str]) -> str | None:
    """The first text for which an engine gives other ids than `defining`, whose form is `Engine.encode_batch`'s.

    Each text is encoded by itself and in one buffer with all others. None if there is no difference.
    """
    asked = texts(special)
    for split in (False, True):
        expected = defining(asked, split_special_tokens=split)
        alone = engine.encode_batch(asked, split_special_tokens=split)
        together = engine.encode_flat(asked, split_special_tokens=split).lists()
        for at, ids in enumerate(expected):
            if alone[at] != ids or together[at] != ids:
                return asked[at]
    return None
