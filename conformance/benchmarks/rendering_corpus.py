# ruff: noqa: RUF001 (Chinese commas)
"""What is rendered: the same conversations wherever this runs, and the same digests of what comes of them.

Standard library only, because the original's environment runs it as well. `real` is a small set of questions and
answers, written for this: as many as in the example data of the original, with messages as long and as many system
prompts. `short` (2 to 20 messages of some 32 tokens) and `long` (2 to 12 of some 530) are drawn: English, code,
Chinese, Japanese and emoji. No text stands twice in a corpus. A seed of its own gives text that nobody has seen: other
sentences, a tenth of their words made up.
"""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    Conversation = list[dict[str, str]]

CORPORA = ("real", "short", "long")
_QUESTIONS = Path(__file__).with_name("rendering_questions.txt")
_ROLES = ("system", "user", "assistant")
_COUNTS = {"short": 30, "long": 8}
# How many times as much there is of text that nobody has seen: one pass has to be long enough for a clock.
_FRESH = 4

_WORDS = """\
the of and to in is that it was for on are as with they be at have from or one had by word but not what all were we when
your can said there use each which she do how their if will up other about out many then them these some her would make
like him into time has look two more write go see number no way could people water first call who oil its now find long
down day did get come made may part because question answer model training gradient therefore however example between
measure temperature language sentence paragraph reason explain describe compare although several important different
system process result data value function window garden mountain river science history music kitchen village market
"""
_ENGLISH = _WORDS.split()
_PIECES = (
    "def area(r):\n    return 3.14159 * r ** 2\n",
    "for (let i = 0; i < n; i++) {\n  total += values[i];\n}\n",
    'SELECT name, COUNT(*) FROM orders WHERE status = "open" GROUP BY name;',
    'if err != nil {\n\treturn nil, fmt.Errorf("open: %w", err)\n}\n',
    "今天天气很好，我们去公园散步吧。",
    "机器学习模型需要大量的训练数据。",
    "これは日本語の文章です。東京は大きな街です。",
    "🎉🚀 Great work, team! 👏",
    "E = mc², so ΔE ≈ 9·10¹⁶ J per kilogram.",
    "- first item\n- second item\n- third item\n",
)
_SYLLABLES = ("ka", "lo", "mi", "tur", "ven", "sha", "bri", "quo", "dex", "pal", "nor", "fi", "gul", "zam", "pro", "el")


def conversations(corpus: str, seed: int | None = None) -> list[Conversation]:
    """A corpus. With a seed it has other conversations of the same kind, with words made for them."""
    dice = random.Random(f"{corpus} {seed}")
    if corpus == "real":
        return [*map(_asked, _QUESTIONS.read_text(encoding="utf-8").splitlines())]
    count = _COUNTS[corpus] * (1 if seed is None else _FRESH)
    made_up = [] if seed is None else [_made_up(dice) for _ in range(500 * count)]
    words = [*_ENGLISH * (1 + 9 * len(made_up) // len(_ENGLISH)), *made_up]
    lengths = (2, 20, 18, 32) if corpus == "short" else (2, 12, 370, 540)
    return [_drawn(dice, words, *lengths) for _ in range(count)]


def responses(corpus: str, seed: int | None = None) -> list[str]:
    """What a model might answer: the assistants' texts, every third one after some reasoning."""
    texts = [
        message["content"] for one in conversations(corpus, seed) for message in one if message["role"] == "assistant"
    ]
    return [
        f"<think>\n{text[: len(text) // 2]}\n</think>\n\n{text}" if at % 3 == 0 else text
        for at, text in enumerate(texts)
    ]


def _asked(line: str) -> Conversation:
    """Roles are those of the last messages: `|` stands between a question and its answer, and after a system prompt."""
    texts = line.split("|")
    return [{"role": role, "content": text} for role, text in zip(_ROLES[-len(texts) :], texts, strict=True)]


def _drawn(dice: random.Random, words: list[str], fewest: int, most: int, shortest: int, longest: int) -> Conversation:
    turns = dice.randint(fewest, most) // 2 * 2
    return [
        {"role": "user" if at % 2 == 0 else "assistant", "content": _text(dice, words, dice.randint(shortest, longest))}
        for at in range(turns)
    ]


def _text(dice: random.Random, words: list[str], length: int) -> str:
    written: list[str] = []
    while length > 0:
        if dice.random() < 0.15:
            piece = dice.choice(_PIECES)
            length -= 12
        else:
            count = min(length, dice.randint(4, 14))
            piece = " ".join(dice.choice(words) for _ in range(count)).capitalize() + dice.choice(
                [".", ".", "?", ",", ":"]
            )
            length -= count
        written.append(piece)
    return " ".join(written)


def _made_up(dice: random.Random) -> str:
    return "".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 4)))


def digest(made: Any) -> str:
    """Of whatever came of one conversation: tokens, weights, messages."""
    return hashlib.sha256(json.dumps(made, ensure_ascii=False).encode()).hexdigest()[:16]


def example_form(tokens: Iterable[int], weights: Iterable[float]) -> list[Any]:
    """An example, as it is compared."""
    return [[int(token) for token in tokens], [float(weight) for weight in weights]]


def message_form(message: Any) -> Any:
    """A parsed message, as it is compared: those of both sides have the same fields."""
    calls = [[call.function.name, call.function.arguments, call.id] for call in message.get("tool_calls", [])]
    unparsed = [[call.raw_text, call.error] for call in message.get("unparsed_tool_calls", [])]
    return [message["role"], message["content"], calls, unparsed]


def event_form(event: Any) -> Any:
    """A piece of a stream, as it is compared."""
    if isinstance(event, dict):
        return message_form(event)
    return [
        type(event).__name__,
        *[getattr(event, name, None) for name in ("role", "text", "thinking", "content_index")],
    ]
