"""Data sets of conversations as they lie on disk: which files there are, how they divide, and their rows one by one.

    files = find_files(["conversations/"])
    layout = scan(files[0], column="messages")
    for row in Reader(Fields()).rows(files[0], layout, layout.stretches[0]):
        ...

Read are JSON Lines (plain, .gz, .zst), Parquet, and what Hugging Face's `save_to_disk` writes. pyarrow is imported when
a file needs it. Nothing is held in memory but the rows of one batch.
"""

from cookbook.datasets.fields import Fields
from cookbook.datasets.files import DataError, DataFile, find_files
from cookbook.datasets.layout import Layout, Row, Stretch, Unreadable
from cookbook.datasets.reading import Reader, scan

__all__ = [
    "DataError",
    "DataFile",
    "Fields",
    "Layout",
    "Reader",
    "Row",
    "Stretch",
    "Unreadable",
    "find_files",
    "scan",
]
