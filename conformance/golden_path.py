"""Where the golden files are."""

from pathlib import Path


def golden_dir() -> Path:
    """The directory of golden files: inside the package when installed from a wheel, beside it in a checkout.

    Raises FileNotFoundError when neither is there, which means that the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "golden", package.parent / "golden"):
        if (place / "tokenizers").is_dir():
            return place
    raise FileNotFoundError(f"no golden files in {package} or beside it: install the package again")
