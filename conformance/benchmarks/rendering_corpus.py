# ruff: noqa: RUF001 (Chinese commas)
"""What is rendered: the same conversations wherever this runs, and the same digests of what comes of them.

Standard library only, because the original's environment runs it as well. `real` is a small set of questions and
answers, some 10 tokens a message; `short` (2 to 20 messages of some 32) and `long` (2 to 12 of some 530) are drawn:
English, code, Chinese, Japanese and emoji. No text stands twice in a corpus but for one system prompt. A seed of its
own gives text that nobody has seen: other sentences, a tenth of their words made up.
"""

from __future__ import annotations

import hashlib
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    Conversation = list[dict[str, str]]

CORPORA = ("real", "short", "long")
_COUNTS = {"short": 30, "long": 8}

_QUESTIONS = """\
What is the boiling point of water at sea level?|It boils at 100 degrees Celsius, or 212 degrees Fahrenheit.
Name three rivers that flow into the Black Sea.|The Danube, the Dnieper and the Dniester all flow into the Black Sea.
How do I reverse a list in Python?|Use `items[::-1]` for a reversed copy, or `items.reverse()` to do it in place.
Translate "good morning" into Spanish.|Buenos días.
Why is the sky blue?|Air scatters short wavelengths more than long ones, so blue light reaches us from every direction.
What is 17 times 24?|17 times 24 is 408.
Who wrote Middlemarch?|George Eliot, which was the pen name of Mary Ann Evans.
Give me a synonym for "happy".|Cheerful.
How many sides does a heptagon have?|Seven.
What does HTTP 404 mean?|The server was reached but has nothing at that address.
Suggest a name for a grey cat.|How about Pewter, or Ash?
What is the capital of Mongolia?|Ulaanbaatar.
Is a tomato a fruit?|In botany yes, it is a berry. In the kitchen it is treated as a vegetable.
How do I undo the last commit but keep my changes?|Run `git reset --soft HEAD~1`.
What is the plural of "ox"?|Oxen.
Convert 5 miles to kilometres.|5 miles are about 8.05 kilometres.
What does "ephemeral" mean?|It describes something that lasts only a very short time.
Write a haiku about rain.|Rain taps on the roof,
Which planet has the most moons?|Saturn, with more than a hundred that are known.
How do bees make honey?|They collect nectar, pass it from one to another, and fan it in the comb until it thickens.
What is the past tense of "to swim"?|Swam; the participle is "swum".
Sort these: pear, apple, fig.|apple, fig, pear
How long is a marathon?|42.195 kilometres, or 26 miles and 385 yards.
What is a closure in programming?|A function together with the variables of the scope that it was made in.
Name a country with no rivers.|Saudi Arabia has no permanent rivers.
What colour do you get from blue and yellow paint?|Green.
How do I say "thank you" in Japanese?|ありがとう (arigatō), or more politely ありがとうございます.
What causes tides?|The pull of the Moon, and to a lesser degree that of the Sun, on the oceans.
Give an example of an oxymoron.|"Deafening silence" is one.
What is the smallest prime number?|2, which is also the only even one.
How do plants drink?|Their roots take up water, and it is drawn up through the stem as leaves lose moisture.
What is SQL used for?|To ask and change data in relational databases.
Who painted The Night Watch?|Rembrandt, in 1642.
How many minutes are in a week?|There are 10,080 minutes in a week.
What is the opposite of "scarce"?|Abundant, or plentiful.
Where do penguins live?|Almost all of them live in the southern hemisphere, from Antarctica to the Galápagos.
What is a palindrome?|A word or sentence that reads the same in both directions, such as "level".
How do I centre a div?|Make the parent `display: grid` and give it `place-items: center`.
What is the chemical symbol for tin?|Sn, from the Latin stannum.
Can you recommend a quick breakfast?|Yoghurt with oats and berries takes two minutes 🍓."""

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
        return [_asked(line, at) for at, line in enumerate(_QUESTIONS.split("\n"))]
    made_up = [] if seed is None else [_made_up(dice) for _ in range(4000)]
    words = [*_ENGLISH * (1 + 9 * len(made_up) // len(_ENGLISH)), *made_up]
    lengths = (2, 20, 18, 32) if corpus == "short" else (2, 12, 370, 540)
    return [_drawn(dice, words, *lengths) for _ in range(_COUNTS[corpus])]


def responses(corpus: str, seed: int | None = None) -> list[str]:
    """What a model might answer: the assistants' texts, every third one after some reasoning."""
    texts = [
        message["content"] for one in conversations(corpus, seed) for message in one if message["role"] == "assistant"
    ]
    return [
        f"<think>\n{text[: len(text) // 2]}\n</think>\n\n{text}" if at % 3 == 0 else text
        for at, text in enumerate(texts)
    ]


def _asked(line: str, at: int) -> Conversation:
    question, answer = line.split("|")
    asked = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return [{"role": "system", "content": "You are a helpful assistant."}, *asked] if at % 5 == 4 else asked


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
