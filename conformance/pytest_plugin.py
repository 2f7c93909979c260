"""Golden cases as pytest items: `pytest --conformance-adapter "node adapter.js"`.

pytest loads this module wherever the package is installed, so that nothing else is imported until the option is given.
"""

from __future__ import annotations

import pytest

TIERS = ("bytes", "real", "all")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options. All begin with `--conformance-`."""
    group = parser.getgroup("conformance", "golden cases against a port of tinker-cookbook")
    group.addoption("--conformance-adapter", metavar="COMMAND", help="ask this adapter, and collect golden cases")
    group.addoption("--conformance-tier", choices=TIERS, default="bytes", help="as in `conformance run` (bytes)")
    group.addoption("--conformance-wide", action="store_true", help="also cases that show nothing which others do not")
    group.addoption(
        "--conformance-select",
        action="append",
        default=[],
        metavar="GLOB",
        help="only cases whose id matches; may be repeated",
    )
    group.addoption(
        "--conformance-known", metavar="PATH", help="the list of known failures (default: conformance.toml, if there)"
    )
    group.addoption(
        "--conformance-timeout", type=float, default=10.0, metavar="SECONDS", help="for one question (default: 10)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Turn the cases on, when an adapter is given."""
    command = config.getoption("--conformance-adapter")
    if command is None:
        return
    if not command.strip():
        # A variable that is not set must not be a green run of nothing.
        raise pytest.UsageError("--conformance-adapter is empty: give the command that starts the adapter")
    from conformance.pytest_cases import GoldenCases

    config.pluginmanager.register(GoldenCases(config, command), "conformance-cases")
