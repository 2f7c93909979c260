"""Drift or fault? Whether a port answers as an older release of the original does, which is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.asking import AdapterUnusable, Asker, Question
from conformance.differing import Comparison
from conformance.exits import UsageError
from conformance.judge import Judge
from conformance.oracles.panel import LIMITS
from conformance.oracles.registry import HISTORY, ORACLES, oracle_command
from conformance.protocol import Rejection, Result
from conformance.sweep.asking import offer
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.differing import Difference
    from conformance.sweep.settings import Settings
    from conformance.sweep.shrinking import Small

Commands = dict[str, tuple[tuple[str, ...], dict[str, str]]]
"""Of each release, the command that starts it and its environment."""


def releases(pythons: Mapping[str, Path]) -> Commands:
    """The older releases, the newest first.

    Raises:
        UsageError: their environment is not there.
    """
    return {release: oracle_command(ORACLES[f"upstream-{release}"], pythons) for release in reversed(HISTORY)}


def drifts_of(smalls: Sequence[Small], *, settings: Settings, commands: Commands) -> dict[int, str]:
    """For each finding whose smallest row the port answers as a release does, the newest such release.

    Raises:
        UsageError: a release cannot be started.
    """
    hello = offer(settings, Store())
    comparison = Comparison(Judge(lexicon=lambda _: None, strict_errors=settings.strict_errors))
    open_ones = {at: small.asked for at, small in enumerate(smalls) if small.asked is not None}
    found: dict[int, str] = {}
    for release, (command, environment) in commands.items():
        left = {at: asked for at, asked in open_ones.items() if at not in found}
        if not left:
            break
        questions = [Question(str(at), asked.operation, asked.params) for at, asked in left.items()]
        try:
            with Asker(command, hello, LIMITS, env=environment) as asker:
                declared = asker.start()
                if settings.renderer not in declared.renderers or settings.operation not in declared.operations:
                    continue
                for (at, asked), reply in zip(left.items(), asker.ask(questions), strict=True):
                    if _same(comparison, asked, reply.answer):
                        found[at] = release
        except AdapterUnusable as error:
            raise UsageError(f"release {release} of the original cannot be asked: {error}") from error
    return found


def _same(comparison: Comparison, asked: Difference, answer: object) -> bool:
    """Whether the port's answer is this one, an answer of an older release."""
    if not isinstance(answer, Result | Rejection):
        return False
    return comparison.difference(asked.operation, asked.params, answer, asked.got) is None
