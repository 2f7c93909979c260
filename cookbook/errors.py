"""Every error that this package raises on purpose, so that a caller can tell whose fault it was.

Names follow tinker-cookbook's `exceptions` module where upstream has a name. Where upstream lets an
AssertionError, KeyError, TypeError or ValueError escape because its *input* was malformed, this package raises
an `InvalidInputError`. All are ValueErrors, as upstream's are, so that existing handlers keep working.
"""

from __future__ import annotations


class CookbookError(Exception):
    """The root: catch this to catch whatever this package raises on purpose."""


class ConfigurationError(CookbookError, ValueError):
    """An object was asked for with settings that cannot work: an unknown option, a missing date, a wrong tokenizer."""


class RunDirectoryError(ConfigurationError):
    """A file of a run cannot be read or written: no permission, no space, or something else is in its place."""

    @classmethod
    def of(cls, verb: str, path: object, error: OSError) -> RunDirectoryError:
        """One line with the path, the system's reason, and what to do."""
        reason = (error.strerror or str(error)).lower()
        return cls(f"cannot {verb} {str(path)!r}: {reason}; make room or give another log_path")


class DataValidationError(CookbookError, ValueError):
    """Data of the right shape breaks a rule: for instance, too few tokens to split into inputs and targets."""


class RendererError(CookbookError, ValueError):
    """A renderer is unknown, or it refuses to render this conversation or to parse this response."""


class InvalidInputError(CookbookError, ValueError):
    """The input does not have the shape that its type promises."""


class InvalidMessageError(InvalidInputError):
    """A message, content part, tool call or tool specification lacks something or holds something of a wrong type."""


class InvalidTensorError(InvalidInputError):
    """An array cannot become a tensor on the wire: unsupported dtype, ragged nesting, or a shape that does not fit."""


class UnknownDtypeError(InvalidTensorError):
    """A dtype is asked for, or an array has one, that this package does not know."""


class RaggedTensorError(InvalidTensorError):
    """Nested lists that are not rectangular: rows of different length, or numbers beside lists."""


class TensorShapeError(InvalidTensorError):
    """A shape, strides or an offset that the data does not fill or goes beyond."""


class TensorValueError(InvalidTensorError):
    """A value that is no number, or that the dtype cannot hold."""


class BatchIndexError(InvalidInputError, IndexError):
    """A batch is asked for that a dataset does not have."""
