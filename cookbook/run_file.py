"""A run as a JSON file and as arguments: what a loop's configuration needs, by name.

    {"log_path": "runs/a", "model_name": "Qwen/Qwen3-8B", "learning_rate": 0.0002,
     "tokenizer": {"path": "tokenizer.json", "eos_token": "<|im_end|>"},
     "dataset": {"path": "conversations.jsonl", "batch_size": 128, "test_size": 16}}

An argument `dataset.batch_size=64` sets one value of it. Names are checked, and so are the types of values.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cookbook.errors import ConfigurationError
from cookbook.tokenizer import ByteTokenizer, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cookbook.tokenizer import Tokenizer

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class TokenizerSource:
    """A tokenizer.json, which does not say which tokens begin and end a text; or the JSON of a byte tokenizer."""

    path: str
    bos_token: str | None = None
    eos_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class DatasetSource:
    """A file of JSON lines, and how it is cut into batches. `max_length` is in tokens; None keeps all of them.

    `group_size` is for reinforcement learning alone: how often each problem is tried.
    """

    path: str
    batch_size: int
    max_length: int | None = None
    train_on_what: str = "all_assistant_messages"
    test_size: int = 0
    shuffle_seed: int | None = 0
    group_size: int = 4

    def __post_init__(self) -> None:
        for name in ("batch_size", "group_size"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"dataset.{name} is {getattr(self, name)}: give 1 or more")


def read_settings(config_file: str | None, arguments: Iterable[str]) -> dict[str, Any]:
    """The file's object, with what the arguments `name=value` set. A value is JSON, or else a string.

    Raises ConfigurationError for a file that cannot be read or is no object, and for another argument.
    """
    settings: dict[str, Any] = {}
    if config_file is not None:
        try:
            settings = json.loads(Path(config_file).read_bytes())
        except OSError as error:
            raise ConfigurationError(
                f"cannot read {config_file!r}: {(error.strerror or str(error)).lower()}"
            ) from error
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"{config_file!r} is no JSON: {error}") from error
        if not isinstance(settings, dict):
            raise ConfigurationError(f"{config_file!r} must hold a JSON object")
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not all(name.split(".")):
            raise ConfigurationError(f"{argument!r} is no setting: write name=value")
        *sections, last = name.split(".")
        place = settings
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise ConfigurationError(f"{argument!r}: {section} has no parts")
        place[last] = _value(text)
    return settings


def made_of(form: type[Made], settings: Mapping[str, Any], section: str = "", **given: Any) -> Made:
    """A dataclass of the settings. `given` are members that no setting can be.

    Raises ConfigurationError for a name that it does not have, a value of another type, and a member that is missing.
    """
    prefix = f"{section}." if section else ""
    members = {member.name: member for member in dataclasses.fields(form) if member.name not in given}  # type: ignore[arg-type]
    checked = {}
    for name, value in settings.items():
        kind = str(members[name].type) if name in members else ""
        if kind not in KINDS:
            known = ", ".join(sorted(name for name, member in members.items() if str(member.type) in KINDS))
            raise ConfigurationError(f"there is no setting {prefix}{name}; there are {known}")
        checked[name] = _checked(f"{prefix}{name}", value, kind)
    for name, member in members.items():
        required = member.default is dataclasses.MISSING and member.default_factory is dataclasses.MISSING
        if required and name not in checked:
            raise ConfigurationError(f"the setting {prefix}{name} is missing: give {prefix}{name}=...")
    return form(**checked, **given)


def load_tokenizer_of(source: TokenizerSource) -> Tokenizer:
    """The tokenizer. Raises ConfigurationError if there is none in the file."""
    try:
        described = json.loads(Path(source.path).read_bytes())
        if "model" in described:
            return load_tokenizer(source.path, bos_token=source.bos_token, eos_token=source.eos_token)
        return ByteTokenizer.from_json(described)
    except OSError as error:
        raise ConfigurationError(f"cannot read {source.path!r}: {(error.strerror or str(error)).lower()}") from error
    except ConfigurationError:
        raise
    except Exception as error:
        # The tokenizers library has no errors of its own.
        raise ConfigurationError(f"{source.path!r} is no tokenizer.json: {error}") from error


KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "LRSchedule": (str,),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (int, float),
    "bool": (bool,),
    "Mapping[str, float | str] | None": (dict, type(None)),
}
"""The types of members that a setting can give, as they are written in the dataclasses."""


def _checked(name: str, value: Any, kind: str) -> Any:
    # A bool is an int to isinstance, but true is no number of steps.
    if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise ConfigurationError(
            f"{name} is {value!r}: give {kind.replace('LRSchedule', 'linear, cosine or constant')}"
        )
    return float(value) if isinstance(value, int) and kind == "float" else value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
