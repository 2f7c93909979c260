"""Cases to explain."""

from __future__ import annotations

from conformance.events import Diagnosis, Token
from conformance.reports.explain import Explanation, Ruling, Side, TokenRow

from .runs import HOSTILE

IDS = {"<|im_start|>": 256, "<|im_end|>": 257}
PROMPT = ["<|im_start|>", *"user\nWhat is the weather in Paris?", "<|im_end|>", *"\n", "<|im_start|>", *"assistant\n"]


def row(pieces: list[str], *, learned: int | None = None, label: str = "") -> TokenRow:
    """A token a piece. `learned` is the index from which weights are 1; None for no weights."""
    tokens = (
        Token(IDS.get(piece, ord(piece[0])), piece, None if learned is None else float(at >= learned))
        for at, piece in enumerate(pieces)
    )
    return TokenRow(tokens=tuple(tokens), label=label)


def explanation(golden: Side, *others: Side) -> Explanation:
    return Explanation(
        id="renderer/qwen3/weather/prompt@bytes",
        operation="renderer.build_generation_prompt",
        golden=golden,
        others=others,
        wire='{"jsonrpc":"2.0","id":"renderer/qwen3/weather/prompt@bytes","method":"renderer.build_generation_prompt",'
        '"params":{"renderer":"qwen3","tokenizer":"bytes-qwen3","messages":[{"role":"user","content":"What is..."}]}}',
        since="0.4.0",
        flags={
            "newlines": "Which piece owns the newline between two messages, and whether content is stripped before it "
            "is written, differs between templates.",
            "plain": "",
        },
        traps={"qwen3-default-system": "No system message is added where there is none."},
        notes="The smallest conversation with a question mark.",
        witnesses=("upstream==0.5.8", "chat-template:qwen3", "reference"),
        dissent=(Ruling(witness="tml-renderers==0.2.1", ruling="upstream", why="it joins consecutive user turns"),),
        text="".join(PROMPT),
    )


def insertion() -> Explanation:
    """A port that drops a newline, one that writes a character twice, and one that is right."""
    dropped = PROMPT[:36] + PROMPT[37:]
    doubled = PROMPT[:20] + PROMPT[19:]
    return explanation(
        Side(name="golden", rows=(row(PROMPT),)),
        Side(
            name="my-port",
            rows=(row(dropped),),
            diagnosis=Diagnosis("newlines", "token 36 is <|im_start|> where a newline is expected", "newlines"),
        ),
        Side(name="reference", rows=(row(PROMPT),)),
        Side(name="other-port", rows=(row(doubled),), diagnosis=Diagnosis("text", "one character too many", "text")),
        Side(name="upstream", rows=(row(PROMPT),)),
    )


def weights() -> Explanation:
    """Two examples: the first has another weight, the second is missing."""
    return explanation(
        Side(name="golden", rows=(row(PROMPT, learned=46, label="examples[0]"), row(PROMPT, label="examples[1]"))),
        Side(name="my-port", rows=(row(PROMPT, learned=45, label="examples[0]"),)),
    )


def parsed() -> Explanation:
    """Two messages that differ in one value."""
    golden = (
        '{"message":{"role":"assistant","content":"It rains.","tool_calls":[{"type":"function","function":'
        '{"name":"weather","arguments":"{\\"city\\": \\"Paris\\", \\"unit\\": \\"celsius\\", \\"days\\": 3}"}}]},'
        '"termination":"stop_sequence"}'
    )
    got = golden.replace('\\"days\\": 3', '\\"days\\": 4').replace("stop_sequence", "eos")
    return explanation(
        Side(name="golden", value=golden),
        Side(name="my-port", value=got, diagnosis=Diagnosis("tool-calls", "arguments: 3 became 4", "tool-calls")),
    )


def refused() -> Explanation:
    return explanation(
        Side(name="golden", kind="rejection", value='{"kind":"renderer_error"}'),
        Side(name="reference", kind="rejection", value='{"kind":"renderer_error","message":"no images"}'),
        Side(name="my-port", rows=(row(PROMPT),), diagnosis=Diagnosis("accepted", "answered all the same", "accepted")),
        Side(name="broken", kind="fault", value="crashed: exit status 1"),
    )


def hostile() -> Explanation:
    bad = HOSTILE
    nasty = TokenRow(tokens=(Token(1, bad, float("nan")), Token(2, "\n", float("inf"))), label=bad)
    other = TokenRow(tokens=(Token(1, bad, float("nan")), Token(3, bad)), label=bad)
    return Explanation(
        id=bad,
        operation=bad,
        golden=Side(name=bad, rows=(nasty,)),
        others=(Side(name=f"2{bad}", rows=(other,), diagnosis=Diagnosis(bad, bad, bad)), Side(name="3", value=bad)),
        wire=bad,
        level=bad,
        since=bad,
        flags={bad: bad},
        traps={bad: bad},
        notes=bad,
        witnesses=(bad,),
        dissent=(Ruling(witness=bad, ruling=bad, why=bad),),
        text=bad,
    )
