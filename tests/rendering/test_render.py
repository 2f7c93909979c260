"""`cookbook render`: what the renderer says of every row, in one file, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from data_sets import conversation, json_lines, rows, write
from pyarrow import parquet

from conformance.golden_path import golden_dir
from cookbook import cli
from cookbook.datasets import jsonl
from cookbook.renderers import get_renderer
from cookbook.rendering.statistics import Statistics
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKENIZER = golden_dir() / "tokenizers/bytes-qwen3.json"
COUNT = 1234


@pytest.fixture
def render(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`render(data, ...)` writes out.parquet: exit code, stdout, stderr."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(data: Path, *options: object, out: str = "out.parquet") -> tuple[int, str, str]:
        fixed = ("--renderer", "qwen3", "--tokenizer", TOKENIZER)
        code = cli.main([str(one) for one in ("render", data, tmp_path / out, *fixed, *options)])
        return code, *capsys.readouterr()

    return run


def examples(path: Path) -> Any:
    return parquet.read_table(path).to_pylist()


def test_it_is_what_the_renderer_says(render: Callable[..., Any], tmp_path: Path) -> None:
    code, out, err = render(write(tmp_path / "rows.parquet", rows(COUNT)))
    assert (code, err) == (0, "")
    renderer = get_renderer("qwen3", ByteTokenizer.from_json(json.loads(TOKENIZER.read_bytes())))
    made = examples(tmp_path / "out.parquet")
    assert len(made) == COUNT
    for at in (0, 1, 499, 500, 1233):
        model_input, weights = renderer.build_supervised_example(conversation(at), "all_assistant_messages")
        tokens = model_input.to_ints()
        assert made[at] == {
            "file": "rows.parquet",
            "row": at + 1,
            "tokens": tokens,
            "weights": weights.tolist(),
            "length": len(tokens),
        }
    assert f"{COUNT:,} examples" in out
    assert f"{sum(one['length'] for one in made):,} tokens" in out
    assert f"{int(sum(sum(one['weights']) for one in made)):,} trained tokens" in out


def test_the_metadata_say_how_it_was_made(render: Callable[..., Any], tmp_path: Path) -> None:
    render(write(tmp_path / "rows.jsonl", rows(3)), "--option", "strip_thinking_from_history=false")
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    assert file.metadata.row_group(0).column(2).compression == "ZSTD"
    about = json.loads(file.metadata.metadata[b"cookbook.render"])
    assert about["renderer"] == "qwen3"
    assert about["renderer_options"] == {"strip_thinking_from_history": False}
    assert about["tokenizer"]["eos_token"] == "<|im_end|>"
    assert len(about["tokenizer"]["sha256"]) == 64
    assert about["version"].startswith("20")
    assert about["statistics"]["examples"] == 3
    assert about["data"][0]["name"] == "rows.jsonl"
    assert str(tmp_path) not in json.dumps(about)


def test_several_processes_write_the_same_bytes(
    render: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "STRETCH_ROWS", 100)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    path = write(tmp_path / "rows.jsonl", rows(COUNT))
    for jobs in (1, 3):
        assert render(path, "--jobs", jobs, "--max-length", 60, out=f"{jobs}.parquet")[0] == 0
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "3.parquet").read_bytes()


def test_what_is_longer_is_cut(render: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(20))
    render(path, out="whole.parquet")
    lengths = [one["length"] for one in examples(tmp_path / "whole.parquet")]
    most = sorted(lengths)[10]
    _, out, _ = render(path, "--max-length", most)
    made = examples(tmp_path / "out.parquet")
    assert [one["length"] for one in made] == [min(most, length) for length in lengths]
    for one, whole in zip(made, examples(tmp_path / "whole.parquet"), strict=True):
        assert one["tokens"] == whole["tokens"][:most]
        assert one["weights"] == whole["weights"][:most]
    assert f" {sum(length > most for length in lengths)} examples truncated" in out
    assert f" {sum(max(length - most, 0) for length in lengths)} tokens cut off" in out
    assert f" {max(lengths)} tokens of the longest" in out


def test_every_trained_turn_by_itself(render: Callable[..., Any], tmp_path: Path) -> None:
    turns = [*conversation(1), *conversation(2), *conversation(3)]
    turns[1]["content"] = "<think>Hm.</think>" + turns[1]["content"]
    path = write(tmp_path / "rows.jsonl", [{"messages": turns}, {"messages": conversation(4)}])
    render(path, "--split")
    assert [one["row"] for one in examples(tmp_path / "out.parquet")] == [1, 1, 1, 2]


BAD = (b"{", b'{"messages": null}', b'{"messages": [{"role": "user"}]}', b'{"messages": [{"role": [], "content": 1}]}')


@pytest.mark.parametrize("bad", BAD)
def test_a_row_that_cannot_be_rendered_ends_it_or_is_left_out(
    bad: bytes, render: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json_lines(rows(2)) + bad + b"\n" + json_lines(rows(2)))
    code, out, err = render(path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("cookbook render: row 3 of rows.jsonl: ")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["rows.jsonl"]
    code, out, _ = render(path, "--skip")
    assert code == 0
    assert " 1 rows left out" in out
    assert "left out: row 3 of rows.jsonl: " in out
    assert [one["row"] for one in examples(tmp_path / "out.parquet")] == [1, 2, 4, 5]


def test_a_full_disk_leaves_the_old_file(
    render: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "rows.jsonl", rows(20))
    (tmp_path / "out.parquet").write_bytes(b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", full)
    code, _, err = render(path)
    assert (code, err.count("\n")) == (2, 1)
    assert "no space left on device" in err
    assert (tmp_path / "out.parquet").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--renderer", "klingon"), "unknown renderer 'klingon'"),
        (("--train-on-what", "everything"), "unknown train_on_what 'everything'"),
        (("--tokenizer", "nowhere.json"), "cannot read 'nowhere.json'"),
        (("--tokenizer", __file__), "is no tokenizer.json"),
        (("--column", "messages=chat"), "has no 'chat'"),
        (("--column", "chat"), "is not messages=NAME"),
        (("--option", "x"), "is not NAME=JSON"),
        (("--option", "x=1"), "has no option 'x'"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    options: tuple[str, str], why: str, render: Callable[..., Any], tmp_path: Path
) -> None:
    code, out, err = render(write(tmp_path / "rows.jsonl", rows(2)), *options)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert why in err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["rows.jsonl"]


def test_without_pyarrow_it_says_what_to_install(
    render: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "rows.jsonl", rows(2))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'cookbook-conformance[data]'" in render(path)[2]


def test_the_page_shows_the_same_and_trusts_nothing(render: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(20))
    path = path.rename(tmp_path / "<script>.jsonl")
    render(path, "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<th>examples</th><td>20</td>" in page
    assert "<script>" not in page
    assert "http" not in page


def test_bins_hold_every_example_once() -> None:
    found = Statistics(examples=7, longest=300)
    found.lengths.update([40, 63, 64, 64, 127, 128, 300])
    assert [tuple(one) for one in found.bins()] == [(32, 63, 2), (64, 127, 3), (128, 255, 1), (256, 511, 1)]
    assert [found.quantile(part) for part in (0.0, 0.5, 0.99, 1.0)] == [40, 64, 300, 300]
