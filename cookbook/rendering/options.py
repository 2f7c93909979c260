"""What `cookbook render` is asked for, and the renderer that it means."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.errors import ConfigurationError
from cookbook.renderers import get_renderer
from cookbook.tokenizer import ByteTokenizer, load_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from cookbook.datasets import Fields
    from cookbook.renderers import Renderer
    from cookbook.tokenizer import Tokenizer


@dataclass(frozen=True, kw_only=True)
class Options:
    """What rows become. Two runs with equal options, data and versions write the same bytes.

    `tokenizer` is a tokenizer.json, or a byte tokenizer as the handshake describes it. `bos_token` and `eos_token` are
    by default those of the tokenizer_config.json beside it. `renderer_options` is JSON text. `split` makes an example
    of every trained turn, where the format needs that. With `skip`, rows that cannot be rendered are left out.
    """

    renderer: str
    tokenizer: Path
    train_on_what: str
    fields: Fields
    split: bool = False
    max_length: int | None = None
    skip: bool = False
    bos_token: str | None = None
    eos_token: str | None = None
    renderer_options: str = "{}"
    engine: str = "tokenizers"

    def make_renderer(self) -> Renderer:
        """The renderer, with its tokenizer. Raises ConfigurationError and RendererError: it cannot be had."""
        return get_renderer(self.renderer, self.make_tokenizer(), **json.loads(self.renderer_options))

    def make_tokenizer(self) -> Tokenizer:
        """The tokenizer. Raises ConfigurationError: it cannot be had."""
        description = _byte_tokenizer(self.tokenizer)
        if description is not None:
            return ByteTokenizer.from_json(description)
        bos, eos = self.ends()
        try:
            return load_tokenizer(self.tokenizer, bos_token=bos, eos_token=eos, engine=self.engine)
        except ConfigurationError:
            raise
        except Exception as error:  # The library raises Exception itself for a file that is none.
            raise ConfigurationError(f"{str(self.tokenizer)!r} is no tokenizer.json: {error}") from error

    def ends(self) -> tuple[str | None, str | None]:
        """The tokens that begin and end a text."""
        described = _byte_tokenizer(self.tokenizer) or _config_beside(self.tokenizer)
        return self.bos_token or _text(described.get("bos_token")), self.eos_token or _text(described.get("eos_token"))

    def described(self) -> dict[str, Any]:
        """The options as the metadata of the file has them: nothing of this machine."""
        bos, eos = self.ends()
        return {
            "renderer": self.renderer,
            "renderer_options": json.loads(self.renderer_options),
            "train_on_what": self.train_on_what,
            "split": self.split,
            "max_length": self.max_length,
            "tokenizer": {"sha256": sha256(self.tokenizer), "bos_token": bos, "eos_token": eos},
        }


def sha256(path: Path) -> str:
    """The sha256 of a file. Raises ConfigurationError: it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError(f"cannot read {str(path)!r}: {error.strerror or error}") from error


def _byte_tokenizer(path: Path) -> dict[str, Any] | None:
    """The description of a byte tokenizer, None if the file is something else."""
    try:
        if path.stat().st_size > 1 << 20:
            return None
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get("kind", "bytes") == "bytes" and "added" in value else None


def _config_beside(path: Path) -> dict[str, Any]:
    try:
        value = json.loads((path.parent / "tokenizer_config.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(token: Any) -> str | None:
    """A token of tokenizer_config.json: its text, or an object that has it."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else None
