# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar, and a port that writes "|" is wrong.
"""The byte tokenizers of golden/tokenizers/: one table of families, and the files that are written from it.

A byte tokenizer knows 256 byte tokens (the id is the byte) and, from id 256, the added tokens that its
family's renderers write or look for. It needs no download, and any language implements it in twenty lines.
Two files a family:

- `bytes-<family>.json`: what the runner sends an adapter in the handshake.
- `bytes-<family>/tokenizer.json`: the same tokenizer for any binding of Hugging Face's `tokenizers`.

`check` proves that the stored files are what the table says, and `differences_from` holds the table against
a vendor's tokenizer.json.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

BYTES = 256
"""The number of byte tokens: the first added token has this id."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What a family's byte tokenizer knows beyond bytes.

    `added` holds (content, special) in the order of the ids in the vendor's file.
    """

    bos_token: str | None
    eos_token: str
    added: tuple[tuple[str, bool], ...]


def _special(*contents: str) -> tuple[tuple[str, bool], ...]:
    return tuple((content, True) for content in contents)


def _plain(*contents: str) -> tuple[tuple[str, bool], ...]:
    return tuple((content, False) for content in contents)


_LLAMA3 = _special("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")

# Special or not decides what text can forge: a special token is not found in text that is encoded with
# split_special_tokens, one that is not special still is. So the flags are the vendors', not tidied.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "qwen3": Family(
            bos_token=None,
            eos_token="<|im_end|>",
            added=_special(
                "<|endoftext|>",
                "<|im_start|>",
                "<|im_end|>",
                "<|object_ref_start|>",
                "<|object_ref_end|>",
                "<|box_start|>",
                "<|box_end|>",
                "<|quad_start|>",
                "<|quad_end|>",
                "<|vision_start|>",
                "<|vision_end|>",
                "<|vision_pad|>",
                "<|image_pad|>",
                "<|video_pad|>",
            )
            + _plain(
                "<tool_call>",
                "</tool_call>",
                "<|fim_prefix|>",
                "<|fim_middle|>",
                "<|fim_suffix|>",
                "<|fim_pad|>",
                "<|repo_name|>",
                "<|file_sep|>",
                "<tool_response>",
                "</tool_response>",
                "<think>",
                "</think>",
            ),
        ),
        "llama3": Family(bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>", added=_LLAMA3),
        "llama3_instruct": Family(bos_token="<|begin_of_text|>", eos_token="<|eot_id|>", added=_LLAMA3),
        "gpt_oss": Family(
            bos_token="<|startoftext|>",
            eos_token="<|return|>",
            added=_special(
                "<|startoftext|>",
                "<|endoftext|>",
                "<|return|>",
                "<|constrain|>",
                "<|channel|>",
                "<|start|>",
                "<|end|>",
                "<|message|>",
                "<|call|>",
                "<|endofprompt|>",
            ),
        ),
        "deepseek_v3_1": Family(
            bos_token="<｜begin▁of▁sentence｜>",
            eos_token="<｜end▁of▁sentence｜>",
            added=_special("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>")
            + _plain(
                "<｜search▁begin｜>",
                "<｜search▁end｜>",
                "<think>",
                "</think>",
                "<｜fim▁hole｜>",
                "<｜fim▁begin｜>",
                "<｜fim▁end｜>",
                "<｜User｜>",
                "<｜Assistant｜>",
            )
            + _special("<|EOT|>")
            + _plain(
                "<｜tool▁calls▁begin｜>",
                "<｜tool▁calls▁end｜>",
                "<｜tool▁call▁begin｜>",
                "<｜tool▁call▁end｜>",
                "<｜tool▁outputs▁begin｜>",
                "<｜tool▁outputs▁end｜>",
                "<｜tool▁output▁begin｜>",
                "<｜tool▁output▁end｜>",
                "<｜tool▁sep｜>",
            ),
        ),
    }
)


def byte_to_character() -> list[str]:
    """The printable character that the ByteLevel scheme of `tokenizers` writes for each of the 256 bytes.

    Printable Latin-1 stands for itself; the bytes left over take the code points from 256 up, in order.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    left_over = [byte for byte in range(BYTES) if byte not in printable]
    return [chr(byte) if byte in printable else chr(BYTES + left_over.index(byte)) for byte in range(BYTES)]


def handshake_object(family: Family) -> dict[str, Any]:
    """The tokenizer as the handshake gives it to an adapter: kind, bos_token, eos_token, added."""
    return {
        "kind": "bytes",
        "bos_token": family.bos_token,
        "eos_token": family.eos_token,
        "added": [
            {"content": content, "id": BYTES + place, "special": special}
            for place, (content, special) in enumerate(family.added)
        ],
    }


def tokenizer_object(family: Family) -> dict[str, Any]:
    """The tokenizer as a tokenizer.json: a BPE without merges, ByteLevel without its regex.

    `normalized` is false for every added token, so that all of them are looked for in one pass,
    leftmost-longest.
    """
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": BYTES + place,
                "content": content,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": special,
            }
            for place, (content, special) in enumerate(family.added)
        ],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {character: byte for byte, character in enumerate(byte_to_character())},
            "merges": [],
        },
    }


def files() -> dict[str, bytes]:
    """Every stored file: its path below golden/tokenizers/ and its bytes."""
    contents: dict[str, bytes] = {}
    for name, family in FAMILIES.items():
        contents[f"bytes-{name}.json"] = _canonical(handshake_object(family))
        contents[f"bytes-{name}/tokenizer.json"] = _canonical(tokenizer_object(family))
    return contents


def write(directory: Path) -> None:
    """Write every stored file below `directory` (golden/tokenizers)."""
    for path, content in files().items():
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def check(directory: Path) -> list[str]:
    """One line for each file below `directory` (golden/tokenizers) that is not what the table gives."""
    expected = files()
    stored = {
        path.relative_to(directory).as_posix(): path
        for pattern in ("bytes-*.json", "bytes-*/*")
        for path in directory.glob(pattern)
    }
    lines = [f"{path}: missing" for path in expected if path not in stored]
    for path, place in stored.items():
        if path not in expected:
            lines.append(f"{path}: in no family of the table")
        elif place.read_bytes() != expected[path]:
            lines.append(f"{path}: not what the table of families gives")
    return sorted(lines)


def differences_from(family: Family, tokenizer_json: bytes) -> list[str]:
    """One line for each added token on which the table and a vendor's tokenizer.json differ.

    Placeholders and reserved entries of the vendor's file are left out of the table and of this comparison.
    """
    added = sorted(json.loads(tokenizer_json)["added_tokens"], key=lambda token: token["id"])
    theirs = [
        (token["content"], token["special"])
        for token in added
        if "reserved" not in token["content"] and "place▁holder" not in token["content"]
    ]
    lines = [
        f"{content}: not in the file with special={special}"
        for content, special in family.added
        if (content, special) not in theirs
    ]
    lines += [
        f"{content}: not in the table with special={special}"
        for content, special in theirs
        if (content, special) not in family.added
    ]
    if not lines and theirs != list(family.added):
        lines.append("the order of the added tokens differs")
    return lines


def _canonical(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1) + "\n").encode("ascii")
