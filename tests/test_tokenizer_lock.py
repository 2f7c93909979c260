# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""conformance/tokenizer_lock.py and golden/tokenizers/lock.json: complete, canonical, and refused when damaged."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from conformance.byte_tokenizers import FAMILIES
from conformance.exits import SuiteError
from conformance.golden_path import golden_dir
from conformance.tokenizer_lock import Derived, Hub, Npm, lock, locked, read_lock
from conformance.tokenizer_sources import derive

if TYPE_CHECKING:
    from pathlib import Path

PATH = golden_dir() / "tokenizers" / "lock.json"
REAL = ["deepseek_v3", "deepseek_v3_1", "gpt_oss", "llama3", "llama3_instruct", "qwen3"]


def test_the_lock_file_is_canonical() -> None:
    text = PATH.read_bytes().decode("ascii")
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1) + "\n"


def test_every_tokenizer_is_locked_in_its_tier() -> None:
    tiers = {name: (entry.tier, entry.kind) for name, entry in locked().items()}
    assert tiers == {f"bytes-{name}": ("bytes", "bytes") for name in FAMILIES} | dict.fromkeys(REAL, ("real", "file"))


def test_every_file_is_pinned_and_can_be_had_with_npm() -> None:
    for file in lock().files.values():
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        last = file.sources[-1]
        if isinstance(last, Derived):
            assert isinstance(lock().files[last.base].sources[-1], Npm)
        else:
            assert isinstance(last, Npm)
            assert re.fullmatch(r"\d+\.\d+\.\d+", last.version)
        for source in file.sources:
            assert not isinstance(source, Hub) or re.fullmatch("[0-9a-f]{40}", source.revision)


def test_every_file_serves_a_tokenizer() -> None:
    used = {entry.file.key for entry in locked().values() if entry.file}
    companions = {file.key for entry in locked().values() for file in entry.companions.values()}
    assert used | companions == set(lock().files)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_byte_tokenizer_has_the_ends_of_its_real_one(family: str) -> None:
    of_bytes, real = locked()[f"bytes-{family}"], locked()[family]
    assert (of_bytes.bos_token, of_bytes.eos_token) == (real.bos_token, real.eos_token)
    assert (of_bytes.bos_token, of_bytes.eos_token) == (FAMILIES[family].bos_token, FAMILIES[family].eos_token)


def test_a_probe_tells_every_file_from_the_others() -> None:
    probes = {entry.sha256: entry.probe for entry in locked().values() if entry.kind == "file"}
    assert None not in probes.values()
    assert len({(probe.text, probe.ids) for probe in probes.values() if probe}) == len(probes) == 5
    assert len({probe.text for probe in probes.values() if probe}) == 1


def test_the_two_llamas_share_a_file_and_differ_in_eos() -> None:
    base, instruct = locked()["llama3"], locked()["llama3_instruct"]
    assert base.file == instruct.file
    assert (base.eos_token, instruct.eos_token) == ("<|end_of_text|>", "<|eot_id|>")


def test_chat_templates_have_their_companion() -> None:
    with_template = {name for name, entry in locked().items() if "tokenizer_config.json" in entry.companions}
    assert with_template == {"deepseek_v3", "gpt_oss", "llama3", "llama3_instruct", "qwen3"}


def test_the_recipe_of_deepseek_v3_1_renames_four_placeholders() -> None:
    """On a stand-in for V3's file with the same layout; the real one is pinned by its sha256."""
    placeholders = [
        {
            "id": 128000 + number,
            "content": f"<｜place▁holder▁no▁{number}｜>",
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number in range(794, 800)
    ]
    stand_in = json.dumps({"added_tokens": placeholders}, ensure_ascii=False, indent=4).encode()
    [recipe] = [
        source for source in lock().files["deepseek_v3_1/tokenizer.json"].sources if isinstance(source, Derived)
    ]
    derived = derive(recipe, stand_in)
    assert derived.endswith(b"}\n")
    tokens = json.loads(derived)["added_tokens"]
    assert tokens[:2] == placeholders[:2]
    assert [(token["id"], token["content"], token["special"], token["normalized"]) for token in tokens[2:]] == [
        (128796, "<｜search▁begin｜>", False, True),
        (128797, "<｜search▁end｜>", False, True),
        (128798, "<think>", False, True),
        (128799, "</think>", False, True),
    ]
    renamed = [(token["content"], token["special"]) for token in tokens[2:]]
    assert tuple(renamed) == FAMILIES["deepseek_v3_1"].added[3:7]


# Damage


def minimal() -> dict[str, object]:
    entry = {
        "kind": "file",
        "tier": "real",
        "file": "a/x.json",
        "bos_token": None,
        "eos_token": None,
        "companions": {},
        "probe": {"text": "a", "ids": [97]},
    }
    return {
        "format": 1,
        "files": {"a/x.json": {"sha256": "0" * 64, "size": 1, "sources": []}},
        "tokenizers": {"a": entry},
    }


def test_a_minimal_lock_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text(json.dumps(minimal()))
    entry = read_lock(tmp_path).entries["a"]
    assert (entry.sha256, entry.file and entry.file.name) == ("0" * 64, "x.json")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"format": 2}, "format"),
        ({"files": {}}, "no file 'a/x.json'"),
        ({"tokenizers": {"a": {"kind": "url"}}}, "url"),
        ({"tokenizers": {"a": {"kind": "bytes", "tier": "bytes", "file": "gone.json"}}}, "No such file"),
        ({"surprise": 1}, "surprise"),
        (
            {
                "files": {
                    "a/x.json": {
                        "sha256": "0",
                        "size": 1,
                        "sources": [{"kind": "derived", "base": "b", "replace": [], "append": ""}],
                    }
                }
            },
            "no file 'b'",
        ),
    ],
    ids=["format", "no such file", "kind", "missing byte tokenizer", "unknown field", "no such base"],
)
def test_a_damaged_lock_file_is_one_line(tmp_path: Path, damage: dict[str, object], why: str) -> None:
    (tmp_path / "lock.json").write_text(json.dumps(minimal() | damage))
    with pytest.raises(SuiteError) as broken:
        read_lock(tmp_path)
    assert str(tmp_path) in str(broken.value)
    assert why in str(broken.value)
    assert "\n" not in str(broken.value)


def test_a_missing_or_truncated_lock_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"lock\.json: No such file"):
        read_lock(tmp_path)
    (tmp_path / "lock.json").write_bytes(PATH.read_bytes()[:-100])
    with pytest.raises(SuiteError, match=r"lock\.json: "):
        read_lock(tmp_path)
