"""Any run at all, for hypothesis: every outcome, every text, whole and partial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from conformance.events import CaseFinished, Diagnosis, Distance, Outcome, RunFinished, TierCount, Token, Window

from . import runs

if TYPE_CHECKING:
    from conformance.events import Event

NASTY = (
    "\x00\x07\x08\x1b\r\n\t\x7f\x85\x9b\u200b\u202e\u2066\u2028\ufeff\ufffe\U000e0001\u00ad\ufe0f\u115f [/]<>&\"'`|*_@#"
)

unicode = st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=["Cs"])), max_size=12)
"""Text that JSON can hold, with a taste for what is dangerous."""
hostile = st.text(st.one_of(st.sampled_from(f"{NASTY}\ud800\udfff"), st.characters()), max_size=12)
"""Any str at all, lone surrogates included."""


def windows(text: st.SearchStrategy[str]) -> st.SearchStrategy[Window]:
    weights = st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False)
    tokens = st.lists(st.builds(Token, id=st.integers(0, 2**70), text=text, weight=weights), max_size=6)
    return st.builds(Window, start=st.integers(0, 40), tokens=tokens.map(tuple), length=st.integers(0, 50))


def diagnoses(text: st.SearchStrategy[str]) -> st.SearchStrategy[Diagnosis]:
    return st.builds(
        Diagnosis,
        cause=st.sampled_from(sorted(runs.CAUSES)) | text,
        summary=text,
        signature=text,
        path=text,
        index=st.none() | st.integers(0, 50),
        expected=st.none() | windows(text),
        got=st.none() | windows(text),
        expected_value=text,
        got_value=text,
    )


def distances(text: st.SearchStrategy[str]) -> st.SearchStrategy[Distance]:
    sizes = st.floats(0, 1e300)
    return st.builds(
        Distance,
        path=text,
        absolute=sizes,
        allowed=sizes,
        precision=st.sampled_from(["float32", "float64"]),
        ulp=st.none() | sizes,
        allowed_ulp=st.none() | sizes,
        numbers=st.integers(1, 9),
    )


@st.composite
def cases(draw: st.DrawFn, *, text: st.SearchStrategy[str]) -> list[CaseFinished]:
    """Cases with different ids, none, some or many."""
    found = []
    for id in draw(st.lists(text, unique_by=lambda t: t.encode("utf-8", "backslashreplace"), max_size=8)):
        outcome = draw(st.sampled_from(Outcome))
        failed = outcome is Outcome.FAILED
        rejection = outcome is Outcome.PASSED and draw(st.booleans())
        near = outcome is Outcome.PASSED and not rejection
        found.append(
            CaseFinished(
                id=id,
                outcome=outcome,
                operation=draw(st.sampled_from(["renderer.build_generation_prompt", "tensor.to_nested"]) | text),
                tier=draw(st.sampled_from(["bytes", "real"]) | text),
                level=draw(st.sampled_from(["must", "should"])),
                renderer=draw(st.sampled_from(["", "qwen3", "not reached"]) | text),
                tokenizer=draw(text),
                flags=tuple(draw(st.lists(text, max_size=3))),
                rejection=rejection,
                distance=draw(st.none() | distances(text)) if near else None,
                drift=draw(st.sampled_from(["", "0.1.0"]) | text) if failed else "",
                reason=draw(text),
                diagnosis=draw(st.none() | diagnoses(text)) if failed else None,
                size=draw(st.integers(0, 1000)),
                seconds=draw(st.floats(0, 100)),
            )
        )
    return found


@st.composite
def streams(draw: st.DrawFn, *, text: st.SearchStrategy[str] = unicode) -> list[Event]:
    """A whole stream that adds up."""
    found = draw(cases(text=text))
    planned = len(found) + draw(st.sampled_from([0, 0, 1, 3]))
    names = st.lists(text, max_size=2).map(tuple)
    return [
        runs.started(
            planned,
            suite=draw(text),
            command=("adapter", *draw(names)),
            implementation=draw(text),
            language=draw(text),
            upstream=draw(text),
            engine=draw(text),
            tiers=(TierCount(draw(text), True, planned), TierCount("real", draw(st.booleans()), 0)),
            undeclared_renderers=draw(names),
            warnings=draw(names),
        ),
        *found,
        RunFinished(
            account=runs.account(found, planned),
            seconds=draw(st.floats(0, 100)),
            partial=planned > len(found),
            reason=draw(text),
            stderr=draw(names),
        ),
    ]
