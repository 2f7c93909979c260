"""Comparisons to datums.

Behaviour: tinker-cookbook 0.5.8, `preference.dpo_datasets.DPODatasetBuilderFromComparisons`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.supervised.common import datum_from_model_input_weights

if TYPE_CHECKING:
    from cookbook.datum import Datum
    from cookbook.preference.types import LabeledComparison
    from cookbook.renderers import Renderer


def comparison_to_datums(
    labeled_comparison: LabeledComparison, renderer: Renderer, max_length: int | None = None
) -> list[Datum]:
    """The datum of the better conversation, then that of the worse. Without the label "A", B counts as the better.

    Weights are those of the renderer's default mode and are not reduced: the loss compares sums over whole answers.

    Raises what the renderer and `datum_from_model_input_weights` raise.
    """
    comparison = labeled_comparison.comparison
    chosen, rejected = comparison.completion_A, comparison.completion_B
    if labeled_comparison.label != "A":
        chosen, rejected = rejected, chosen
    datums = []
    for completion in (chosen, rejected):
        model_input, weights = renderer.build_supervised_example([*comparison.prompt_conversation, *completion])
        datums.append(datum_from_model_input_weights(model_input, weights, max_length, reduction="none"))
    return datums
