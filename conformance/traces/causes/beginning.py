"""How a loop begins: from the base model, from weights, from a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.traces import stream as ops
from conformance.traces.causes.view import Told, View, say

if TYPE_CHECKING:
    from collections.abc import Iterator


def tell(view: View) -> Iterator[Told]:
    for each in view.of("start"):
        match each.expected, each.got:
            case ops.LoadWeights(path=path), ops.CreateModel():
                yield Told(
                    text=f"the loop begins with a new model, upstream loads {say(path)}",
                    cause="checkpoint not loaded",
                    explains=(each,),
                )
            case ops.CreateModel(), ops.LoadWeights(path=path):
                yield Told(
                    text=f"the loop loads {say(path)}, upstream begins with a new model",
                    cause="loaded for no reason",
                    explains=(each,),
                )
            case None, ops.CreateModel() | ops.LoadWeights():
                yield Told(text="a model too many is created", cause="", explains=(each,))
            case ops.CreateModel() | ops.LoadWeights(), None:
                yield Told(text="no model is created or loaded", cause="", explains=(each,))
            case True, False if each.field == "optimizer":
                yield Told(
                    text="resumed without the optimizer's state: load_weights has optimizer false, upstream true",
                    cause="resume without optimizer",
                    explains=(each,),
                )
            case False, True if each.field == "optimizer":
                yield Told(
                    text="the optimizer's state of an earlier run is loaded, upstream loads the weights alone",
                    cause="optimizer loaded",
                    explains=(each,),
                )
            case expected, got:
                yield Told(
                    text=f"the model is made with {each.field} {say(got)}, upstream {say(expected)}",
                    cause="other checkpoint loaded" if each.field == "path" else "",
                    explains=(each,),
                )
