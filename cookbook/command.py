"""The loops from the command line: `python -m cookbook.supervised.train --config run.json learning_rate=2e-4`.

Exit codes: 0 trained; 1 the service refused or did not answer; 2 the settings or the data cannot work; 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import logging
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from cookbook.errors import ConfigurationError, CookbookError
from cookbook.run_file import KINDS, DatasetSource, TokenizerSource, load_tokenizer_of, made_of, read_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from cookbook.renderers import Renderer

    Rows = Sequence[Any]


PARTS = ("async_config", "kl_reference_config", "stream_minibatch_config")
"""Settings that have settings of their own."""


@dataclasses.dataclass(frozen=True)
class Loop:
    """A loop, and what it makes of rows: a dataset builder."""

    module: str
    summary: str
    rows: str
    config: type[Any]
    main: Callable[..., Awaitable[None]]
    builder: Callable[[Rows, DatasetSource, Renderer], Any]


def supervised() -> NoReturn:
    """`python -m cookbook.supervised.train`."""
    from cookbook import datasets_of_runs
    from cookbook.supervised import train

    loop = Loop(
        "cookbook.supervised.train",
        "Supervised fine-tuning on conversations.",
        '{"messages": [{"role": ..., "content": ...}, ...]}',
        train.Config,
        train.main,
        datasets_of_runs.conversations,
    )
    sys.exit(run(loop, sys.argv[1:]))


def preference() -> NoReturn:
    """`python -m cookbook.preference.train_dpo`."""
    from cookbook import datasets_of_runs
    from cookbook.preference import train_dpo

    loop = Loop(
        "cookbook.preference.train_dpo",
        "Direct preference optimization on pairs of answers.",
        '{"prompt": [messages], "chosen": [messages], "rejected": [messages]}',
        train_dpo.Config,
        train_dpo.main,
        datasets_of_runs.comparisons,
    )
    sys.exit(run(loop, sys.argv[1:]))


def rl() -> NoReturn:
    """`python -m cookbook.rl.train`."""
    from cookbook import datasets_of_runs
    from cookbook.rl import train

    loop = Loop(
        "cookbook.rl.train",
        "Reinforcement learning on questions with an answer that must occur in what is sampled.",
        '{"question": ..., "answer": ...}',
        train.Config,
        train.main,
        datasets_of_runs.problems,
    )
    sys.exit(run(loop, sys.argv[1:]))


def run(loop: Loop, arguments: Sequence[str]) -> int:
    """Train as the arguments say. Gives the exit code; what went wrong is one line on stderr."""
    given = _parser(loop).parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if given.verbose else logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr
    )
    once = _Once()
    handlers = list(logging.getLogger().handlers)
    for handler in handlers:
        handler.addFilter(once)
    try:
        _train(loop, read_settings(given.config, given.settings), given.parity_dir)
    except CookbookError as error:
        return _failed(2, str(error))
    except KeyboardInterrupt:
        return _failed(130, "interrupted; the same command goes on from the last checkpoint")
    except Exception as error:  # noqa: BLE001, RUF100 - the SDK's errors have no common root
        if not type(error).__module__.startswith(("tinker", "httpx")):
            raise
        return _failed(1, f"the service: {type(error).__name__}: {error}; the same command goes on where it can")
    finally:
        for handler in handlers:
            handler.removeFilter(once)
    return 0


def _train(loop: Loop, settings: dict[str, Any], parity_dir: str | None) -> None:
    from cookbook.json_lines import read_json_lines
    from cookbook.models import get_recommended_renderer_name
    from cookbook.parity import ParityDirectory
    from cookbook.renderers import get_renderer

    source = made_of(DatasetSource, _section(settings, "dataset"), "dataset")
    tokenizer = load_tokenizer_of(made_of(TokenizerSource, _section(settings, "tokenizer"), "tokenizer"))
    sections: dict[str, Any] = {name: settings.pop(name) for name in PARTS if name in settings}
    model_name = settings.get("model_name")
    if isinstance(model_name, str):
        settings.setdefault("renderer_name", get_recommended_renderer_name(model_name))
    renderer = get_renderer(str(settings.get("renderer_name")), tokenizer)
    path = _path(source.path)
    rows = read_json_lines(path)
    if not rows:
        raise ConfigurationError(f"{source.path!r} has no rows: give a file of lines {loop.rows}")
    config = made_of(
        loop.config, settings, dataset_builder=loop.builder(rows, source, renderer), **_parts(loop, sections)
    )
    parity = None
    if parity_dir is not None:
        parity = ParityDirectory(parity_dir)
        parity.config(config)
        parity.rows(rows)
    # Imported last: what can be found wrong without a service is found first.
    from cookbook.tinker_client import connect

    client = connect(config.base_url, user_metadata={"recipe_name": config.recipe_name}, display_name=_named(config))
    failed = True
    try:
        asyncio.run(loop.main(config, service_client=client, tokenizer=tokenizer, parity=parity))  # type: ignore[arg-type]
        failed = False
    finally:
        client.close(failed=failed)


def _parser(loop: Loop) -> argparse.ArgumentParser:
    members = {
        **_members(loop.config),
        **_members(DatasetSource, "dataset."),
        **_members(TokenizerSource, "tokenizer."),
    }
    parser = argparse.ArgumentParser(
        prog=f"python -m {loop.module}",
        description=f"{loop.summary} The dataset is a file of lines {loop.rows}.",
        epilog="settings:\n" + "".join(f"  {name}={default}\n" for name, default in members.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="a setting, see below")
    parser.add_argument("--config", metavar="FILE", help="a JSON file of settings, which NAME=VALUE go before")
    parser.add_argument("--parity-dir", metavar="DIR", help="write there what a port compares its own run with")
    parser.add_argument("--verbose", action="store_true", help="log more than warnings")
    return parser


def _members(form: type[Any], prefix: str = "") -> dict[str, Any]:
    return {
        f"{prefix}{member.name}": "..." if member.default is dataclasses.MISSING else member.default
        for member in dataclasses.fields(form)
        if str(member.type) in KINDS
    }


def _parts(loop: Loop, sections: dict[str, Any]) -> dict[str, Any]:
    """The parts of a configuration that are dataclasses themselves."""
    if not sections:
        return {}
    from cookbook.rl.train import AsyncConfig, Config, KLReferenceConfig, StreamMinibatchConfig

    if loop.config is not Config:
        raise ConfigurationError(f"there is no setting {next(iter(sections))}")
    forms: dict[str, type[Any]] = {
        "async_config": AsyncConfig,
        "kl_reference_config": KLReferenceConfig,
        "stream_minibatch_config": StreamMinibatchConfig,
    }
    return {name: made_of(forms[name], _object(name, value), name) for name, value in sections.items()}


def _section(settings: dict[str, Any], name: str) -> dict[str, Any]:
    return _object(name, settings.pop(name, {}))


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{name} is {value!r}: it has parts, give {name}.path=... and so on")
    return value


def _path(name: str) -> Any:
    from pathlib import Path

    path = Path(name)
    if not path.is_file():
        raise ConfigurationError(f"cannot read {name!r}: it is no file")
    return path


def _named(config: Any) -> str | None:
    name = getattr(config, "session_name", None)
    return name if isinstance(name, str) else None


class _Once(logging.Filter):
    """Lets what is said of every row pass once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        new = message not in self._said
        self._said.add(message)
        return new


def _failed(code: int, message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code
