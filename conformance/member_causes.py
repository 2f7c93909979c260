"""What a result is about whose numbers, texts and truths do not say by themselves what is wrong: its member says it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.result_path import ResultPath

MEMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "metric": ("metrics", "loss", "mean_nll", "bpb"),
        "decision": ("due", "has", "saves_final", "warned"),
        "resume-point": ("state_path", "epoch", "batch"),
        "hyperparameter": ("multiplier", "lr", "factor", "count"),
        "model-table": (
            *("organization", "version_str", "size_str", "is_chat", "is_vl", "is_audio_in"),
            *("recommended_renderers", "renderers", "renderer"),
        ),
        "rows": ("rows", "train", "test"),
        "bytes": ("memory", "dense", "values", "crow_indices", "col_indices"),
    }
)
"""Causes, and the members of results of which they are told."""

_CAUSES = {member: cause for cause, members in MEMBERS.items() for member in members}


def explain_result_member(path: ResultPath) -> str | None:
    """The cause of two results that differ at `path`, where nothing more is known; None where the place tells none."""
    return _CAUSES.get(path[0]) if path and isinstance(path[0], str) else None
