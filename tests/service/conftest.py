"""A service for the tests of one file, and for one test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.running import Served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One that the tests of a file share: ids and records are not theirs alone."""
    with Served("--gap-seconds", "0.5") as service:
        yield service


@pytest.fixture
def own() -> Iterator[Served]:
    """One for this test alone."""
    with Served("--gap-seconds", "0.5") as service:
        yield service
