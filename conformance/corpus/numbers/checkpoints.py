"""Questions for what a run writes down, and where a loop goes on that finds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

Json = dict[str, Any]
STATE, SAMPLER = "tinker://run/weights/", "tinker://run/sampler_weights/"


def _both(name: str, **more: Any) -> Json:
    return {"name": name, **more, "state_path": STATE + name, "sampler_path": SAMPLER + name}


def _rolling(name: str, **more: Any) -> Json:
    return {"name": name, **more, "state_path": STATE + name, "rolling": True}


def _text(*records: Json) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


FULL = _both("000020", batch=20, epoch=0, final=False)
LINES: tuple[tuple[str, Json, tuple[str, ...]], ...] = (
    ("full", FULL, ()),
    ("name-alone", {"name": "a"}, ()),
    ("backwards", dict(reversed(FULL.items())), ()),
    ("one-extra", {**_both("000002", batch=2, epoch=1), "elapsed_tokens": 476}, ()),
    ("extra-first", {"elapsed_tokens": 476, **_both("000002", batch=2)}, ()),
    ("extras-keep-their-order", {"zeta": 1, "name": "a", "alpha": [1, {"b": None}], "mid": "x"}, ()),
    ("rolling", _rolling("000003", batch=3, epoch=0), ()),
    ("zero-is-kept", {"name": "final", "batch": 0, "epoch": 0}, ()),
    ("false-is-kept", {"name": "final", "final": False}, ()),
    ("empty-path-is-kept", {"name": "a", "state_path": ""}, ()),
    ("null-batch", {"name": "a", "batch": None, "state_path": STATE}, ("null_member",)),
    (
        "null-everywhere",
        dict.fromkeys(("batch", "epoch", "final", "state_path", "sampler_path")) | {"name": "a"},
        ("null_member",),
    ),
    ("null-extra", {"name": "a", "elapsed_tokens": None}, ("null_member",)),
    ("null-name", {"name": None, "batch": 1}, ("null_member",)),
    ("member-named-extra", {"name": "a", "extra": {"batch": 4}}, ()),
    ("text", {"name": "Zoë \U0001f600", "batch": 1}, ()),
)
BAD_LINES = (
    ("no-name", '{"batch": 1}'),
    ("empty-object", "{}"),
    ("torn", '{"name": "000002", "ba'),
    ("list", '["name"]'),
    ("number", "4"),
    ("empty", ""),
)

FILES: tuple[tuple[str, str | None], ...] = (
    ("none", None),
    ("empty", ""),
    ("one", _text(FULL)),
    (
        "sampler-last",
        _text(
            {"name": "a", "batch": 1, "state_path": None},
            {"name": "b", "batch": 2, "state_path": STATE + "b"},
            {"name": "c", "batch": 3, "sampler_path": SAMPLER + "c"},
        ),
    ),
    ("null-last", _text(_both("a", batch=1), {"name": "b", "batch": 2, "state_path": None, "sampler_path": None})),
    ("twice", _text(_both("000001", batch=1, epoch=0), _both("000001", batch=1, epoch=0, run=2))),
    ("rolling-arrives-late", _text(_both("000002", batch=2, epoch=0), _rolling("000001", batch=1, epoch=0))),
    ("final", _text(_both("000002", batch=2, epoch=0), _both("final", batch=0, epoch=1))),
    ("no-newline-at-the-end", _text(FULL, _both("b", batch=30))[:-1]),
    ("empty-path", _text(_both("a", batch=1), {"name": "b", "batch": 2, "state_path": ""})),
    ("extra", _text({"name": "a", "foo": 1}, {"name": "b", "foo": None}, {"name": "c", "state_path": STATE})),
)
BAD_FILES = (
    ("torn-in-the-middle", _text(FULL) + '{"name": "000004", "ba\n' + _text(_both("b", batch=30))),
    ("two-on-a-line", _text(FULL)[:-1] + _text(_both("b", batch=30))),
    ("no-name", _text(FULL, {"batch": 4})),
    ("no-object", _text(FULL) + "[1]\n"),
)


def questions() -> Iterator[Question]:
    """Lines, files, saving, cadences, where a loop goes on, and metrics."""
    yield from _lines()
    yield from _files()
    yield from _saving()
    yield from _cadences()
    yield from _resuming()
    yield from _metrics()


def _lines() -> Iterator[Question]:
    for slug, record, flags in LINES:
        line = json.dumps(record)
        yield ask("checkpoint.to_dict", slug, {"line": line}, ("record", *flags), traps=("T440", "T441", "T488"))
        keys = ("batch", "final", "state_path", "elapsed_tokens", "extra") if flags else tuple(record)[-1:]
        for key in dict.fromkeys(keys):
            params = {"line": line, "key": key}
            yield ask("checkpoint.has", f"{slug}/{key}", params, ("record", *flags), traps=("T442", "T488"))
    for slug, line in BAD_LINES:
        yield ask("checkpoint.to_dict", f"refused/{slug}", {"line": line}, ("record", "malformed"), traps=("T441",))


def _files() -> Iterator[Question]:
    for slug, text in FILES:
        yield ask("checkpoint.load_checkpoints_file", slug, {"text": text}, ("last_record",), traps=("T444",))
        yield ask("checkpoint.get_last_checkpoint", slug, {"text": text}, ("last_record",), traps=("T442", "T452"))
        for key in ("sampler_path", "batch", "final", "foo"):
            params = {"text": text, "required_key": key}
            slugged = f"{slug}/{key}"
            yield ask("checkpoint.get_last_checkpoint", slugged, params, ("last_record",), traps=("T442", "T443"))
    for slug, text in BAD_FILES:
        flags = ("last_record", "malformed")
        for operation in ("load_checkpoints_file", "get_last_checkpoint"):
            yield ask(f"checkpoint.{operation}", f"refused/{slug}", {"text": text}, flags, traps=("T441",))


def _saving() -> Iterator[Question]:
    states: tuple[tuple[str, Json], ...] = (
        ("supervised", {"epoch": 0, "batch": 2, "elapsed_tokens": 476}),
        ("preference", {"epoch": 1, "batch": 0}),
        ("rl", {"batch": 7}),
        ("rolling", {"epoch": 0, "batch": 3, "elapsed_tokens": 500, "rolling": True}),
        ("nothing", {}),
        ("null-batch", {"batch": None, "step": 4}),
    )
    for slug, state in states:
        for kind in ("state", "sampler", "both"):
            params: Json = {"name": "000002", "loop_state": state, "kind": kind, "ttl_seconds": 604800}
            yield ask(
                "checkpoint.save_checkpoint", f"{slug}/{kind}", params, ("saving",), traps=("T440", "T446", "T447")
            )
    for slug, params in (
        ("final", {"name": "final", "loop_state": {"epoch": 1, "batch": 0}, "kind": "both", "ttl_seconds": None}),
        ("defaults", {"name": "a", "loop_state": {"batch": 1}}),
        ("state-names-the-record", {"name": "a", "loop_state": {"name": "b", "batch": 1}, "kind": "state"}),
        ("state-has-a-path", {"name": "a", "loop_state": {"sampler_path": "old", "batch": 1}, "kind": "state"}),
    ):
        yield ask("checkpoint.save_checkpoint", slug, params, ("saving",), traps=("T446", "T447"))


def _cadences() -> Iterator[Question]:
    periodic = "checkpoint.should_save_periodic"
    for every in (0, 1, 2, 5):
        for step in (0, 1, 2, 4, 5, 10):
            params = {"step": step, "save_every": every}
            yield ask(periodic, f"every-{every}/{step}", params, ("cadence",), traps=("T304", "T315"))
            params = {"step": step, "save_every": 2, "rolling_save_every": every}
            traps = ("T304", "T323")
            yield ask("checkpoint.should_save_rolling", f"every-{every}/{step}", params, ("cadence",), traps=traps)
    yield ask("checkpoint.should_save_rolling", "alone/3", {"step": 3, "rolling_save_every": 3}, ("cadence",))
    yield ask("checkpoint.should_save_rolling", "alone/0", {"step": 0, "rolling_save_every": 3}, ("cadence",))
    yield ask("checkpoint.should_save_rolling", "defaults/3", {"step": 3}, ("cadence",))
    yield ask(periodic, "defaults/3", {"step": 3}, ("cadence",))
    for slug, tokens, saved in (("below", 99, 0), ("at", 100, 0), ("resumed", 250, 200), ("resumed-at", 300, 200)):
        params = {"step": 3, "save_every_tokens": 100, "elapsed_tokens": tokens, "saved_tokens": saved}
        yield ask(periodic, f"tokens/{slug}", params, ("cadence",), traps=("T332",))
    params = {"step": 0, "save_every_tokens": 100, "elapsed_tokens": 1000, "saved_tokens": 0}
    yield ask(periodic, "tokens/step-0", params, ("cadence",), traps=("T315", "T332"))
    for slug, params in (
        ("every-token", {"step": 3, "save_every_tokens": 1, "elapsed_tokens": 1, "saved_tokens": 0}),
        ("no-cadence", {"step": 3, "elapsed_tokens": 1000, "saved_tokens": 0}),
        ("from-the-beginning", {"step": 3, "save_every_tokens": 100, "elapsed_tokens": 100}),
    ):
        yield ask(periodic, f"tokens/{slug}", params, ("cadence",), traps=("T332",))


def _resuming() -> Iterator[Question]:
    operation = "checkpoint.resume_point"

    def asked(slug: str, text: str | None, *flags: str, traps: tuple[str, ...] = ("T317",), **params: Any) -> Question:
        return ask(operation, slug, {"text": text, **params}, ("resuming", *flags), traps=traps)

    sl: Json = {"loop": "supervised", "n_batches": 3}
    rl: Json = {"loop": "rl", "n_batches": 3}
    for loop in (sl, rl):
        name = loop["loop"]
        yield asked(f"{name}/no-file", None, **loop)
        yield asked(f"{name}/empty-file", "", **loop)
        yield asked(f"{name}/sampler-alone", _text({"name": "a", "batch": 1, "sampler_path": SAMPLER}), **loop)
        yield asked(f"{name}/no-batches", None, loop=name, n_batches=0)
        yield asked(f"{name}/no-batch", _text({"name": "a", "state_path": STATE}), "malformed", **loop, traps=("T445",))
        for batch in (0, 1, 2, 3, 4):
            text = _text(_both(f"{batch:06d}", batch=batch, epoch=0))
            yield asked(f"{name}/batch-{batch}", text, **loop, traps=("T317", "T421"))
            yield asked(f"{name}/max-steps-2/batch-{batch}", text, **loop, max_steps=2, traps=("T312",))
    for epoch in (0, 1, 2):
        for batch in (0, 2, 3):
            text = _text(_both("a", batch=batch, epoch=epoch))
            slug = f"supervised/two-epochs/epoch-{epoch}/batch-{batch}"
            yield asked(slug, text, **sl, num_epochs=2, traps=("T314", "T319"))
    yield asked("supervised/epoch-unknown", _text(_both("a", batch=2)), **sl, num_epochs=2)
    final = _text(_both("000002", batch=2, epoch=0), _both("final", batch=0, epoch=1))
    yield asked("supervised/complete", final, "complete", **sl, traps=("T313", "T314"))
    yield asked("supervised/complete/more-epochs", final, "complete", **sl, num_epochs=2, traps=("T313",))
    yield asked("supervised/complete/more-steps", final, "complete", **sl, max_steps=9, traps=("T312",))
    late = _text(_both("000002", batch=2, epoch=0), _rolling("000001", batch=1, epoch=0))
    yield asked("supervised/rolling-arrives-late", late, **sl, traps=("T322", "T452"))
    yield asked("rl/complete", _text(_both("final", batch=3)), "complete", **rl, traps=("T420",))
    yield asked("rl/complete/fewer-steps", _text(_both("final", batch=3)), "complete", **rl, max_steps=2)


def _metrics() -> Iterator[Question]:
    for slug, step, metrics in (
        ("supervised", 3, {"epoch": 0, "progress": 0.5, "learning_rate": 0.001, "train_mean_nll": 1.5}),
        ("step-0", 0, {"a": 1}),
        ("no-step", None, {"zeta": 1, "alpha": 2.5}),
        ("empty", 4, {}),
        ("empty-without-step", None, {}),
        ("not-finite", 1, {"a": "NaN", "b": "Infinity", "c": "-Infinity"}),
        ("step-among-the-metrics", 1, {"a": 2, "step": 7}),
        ("order", 2, {"b": 1, "a": 2, "test/nll": 0.25, "time/total": 3.0}),
        ("text", 2, {"state_path": STATE + "é", "flag": True, "none": None}),
    ):
        yield ask("metrics.write_metrics", slug, {"step": step, "metrics": metrics}, ("metrics_line",))
