"""The table of rendering: what is measured is the same everywhere, and what is printed is what was measured."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest

from conformance.benchmarks import rendering, rendering_corpus, rendering_upstream
from cookbook.messages import FunctionCall, ToolCall, UnparsedToolCall
from cookbook.renderers import StreamingTextDelta


@pytest.mark.parametrize("corpus", rendering_corpus.CORPORA)
def test_a_corpus_is_the_same_each_time_and_repeats_no_text(corpus) -> None:
    conversations = rendering_corpus.conversations(corpus)
    assert conversations == rendering_corpus.conversations(corpus)
    texts = [message["content"] for one in conversations for message in one if message["role"] != "system"]
    assert len(texts) == len({*texts})
    assert all(one[-1]["role"] == "assistant" for one in conversations)


def test_text_that_nobody_has_seen_differs_from_all_others() -> None:
    texts = [
        {message["content"] for one in rendering_corpus.conversations("long", seed) for message in one}
        for seed in (None, 1, 2)
    ]
    assert len(texts[0] | texts[1] | texts[2]) == sum(map(len, texts))


def test_digests_tell_every_token_weight_and_field_apart() -> None:
    digest, message_form = rendering_corpus.digest, rendering_corpus.message_form
    assert digest([[1], [0.0]]) != digest([[1], [1.0]])
    message = {"role": "assistant", "content": "a"}
    call = {**message, "tool_calls": [ToolCall(FunctionCall("f", "{}"), None)]}
    broken = {**message, "unparsed_tool_calls": [UnparsedToolCall("x", "y")]}
    assert len({digest(message_form(one)) for one in (message, call, broken)}) == 3
    assert rendering_corpus.event_form(StreamingTextDelta("a", 1)) == ["StreamingTextDelta", None, "a", None, 1]
    assert rendering_corpus.event_form(message) == message_form(message)


def test_a_worker_measures_or_tells_what_came_of_it(monkeypatch, capsys) -> None:
    asked = [{"do": "digest"}, {"do": "time"}, {"do": "first"}]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{json.dumps(one)}\n" for one in asked)))
    monkeypatch.setattr(rendering_upstream, "LEAST", 0.001)
    passes = []
    rendering_upstream.serve(lambda asked: (lambda: passes.append(sum(range(1000))), lambda: ["a", "b"]))
    digests, times, first = map(json.loads, capsys.readouterr().out.splitlines())
    assert digests == ["a", "b"]
    assert len(passes) > 2
    assert times["cpu"] > 0
    assert {*first} == {"cpu", "wall"}


class FakeSide:
    """Answers without a process: twice as fast as its peer."""

    def __init__(self, _python, module, *, threads) -> None:
        self.ours = module.endswith("ours")
        self.wrong = False

    def __call__(self, **asked):
        if asked["do"] == "digest":
            return ["x" if self.wrong and self.ours else "same"]
        return {"cpu": 1.0 if self.ours else 2.0, "wall": 1.0 if self.ours else 4.0}

    def close(self) -> None:
        pass


@pytest.fixture
def bench(monkeypatch) -> rendering.Bench:
    monkeypatch.setattr(rendering, "Side", FakeSide)
    monkeypatch.setattr(rendering, "Store", lambda: SimpleNamespace(path=lambda name: f"/{name}"))
    return rendering.Bench("python", 3)


def test_ratios_are_of_processor_time_on_one_thread_and_of_the_clock_on_two(bench) -> None:
    one, two = rendering.MEASURES[0], rendering.MEASURES[1]
    assert (one.threads, two.threads) == (1, 2)
    assert bench.ratios(one, "qwen3", "real") == [2.0] * 3
    assert bench.ratios(two, "qwen3", "real") == [4.0] * 3
    assert bench.conversations == 2


@pytest.mark.parametrize("measure", [one for one in rendering.MEASURES if not one.bare], ids=lambda one: one.label)
def test_no_time_is_taken_of_what_differs(bench, measure) -> None:
    for side in bench._ours.values():
        side.wrong = True
    with pytest.raises(SystemExit, match="differ"):
        bench.ratios(measure, "qwen3", "long")


def test_the_table_has_medians_their_range_and_the_target() -> None:
    cell = rendering.Cell({"a": 3.0, "b": 5.0, "c": 4.0}, 2.5)
    lines = rendering.table([("example", {"real": cell, "long": rendering.Cell({"a": 30.2}, 20)})])
    assert str(rendering.Cell({"a": 3.0}, 0)) == "3.0x (3.0 to 3.0)"
    assert lines[2] == "| example | 4.0x (3.0 to 5.0; 2.5x) |  | 30x (30 to 30; 20x) |"


def test_the_whole_table(bench, capsys) -> None:
    arguments = ["--python", sys.executable, "--rounds", "2", "--renderer", "qwen3"]
    assert rendering.main(arguments) == 1, "twice as fast is not enough"
    out = capsys.readouterr().out
    assert all(measure.label in out for measure in rendering.MEASURES)
    assert "2.0x (2.0 to 2.0; 45x)" in out


def test_a_bare_engine_is_behind_nothing(bench, capsys) -> None:
    bare = [str(at) for at, measure in enumerate(rendering.MEASURES) if measure.bare]
    arguments = ["--python", sys.executable, "--rounds", "2", "--renderer", "qwen3"]
    assert rendering.main([*arguments, *(part for at in bare for part in ("--measure", at))]) == 0
    assert "| - bare `tokenizers`, 2 threads | 4.0x (4.0 to 4.0) |" in capsys.readouterr().out


def test_an_environment_that_is_not_there_is_named(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        rendering.main(["--python", "/nowhere/bin/python"])
    assert ended.value.code == 2
    assert "/nowhere/bin/python: tox -e oracle-upstream makes" in capsys.readouterr().err
