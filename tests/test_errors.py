from __future__ import annotations

import inspect
import pickle

import pytest

from cookbook import errors

ERRORS = [value for _, value in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_the_packages_and_survives_pickling(error) -> None:
    assert issubclass(error, errors.CookbookError)
    assert error is errors.CookbookError or issubclass(error, ValueError)
    copied = pickle.loads(pickle.dumps(error("why")))
    assert (type(copied), copied.args) == (error, ("why",))
