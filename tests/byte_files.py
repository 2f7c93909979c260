"""A tokenizer.json of bytes and added tokens, which any binding of the `tokenizers` library reads."""

from __future__ import annotations

import json

from cookbook.tokenizer import AddedToken

ADDED = [AddedToken("<s>", 256, special=True), AddedToken("<t>", 257, special=False)]


def byte_level_alphabet() -> list[str]:
    """How a byte-level vocabulary writes the bytes 0 to 255."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    written = dict(zip(printable, map(chr, printable), strict=True))
    written |= {byte: chr(256 + n) for n, byte in enumerate(others)}
    return [written[byte] for byte in range(256)]


def tokenizer_json(added: list[AddedToken]) -> str:
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": token.id,
                    "content": token.content,
                    "special": token.special,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                }
                for token in added
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
                "vocab": {character: byte for byte, character in enumerate(byte_level_alphabet())},
                "merges": [],
            },
        }
    )
