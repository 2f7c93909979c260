"""Statistics to look at: lines for the terminal, and a page for a browser that needs nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cookbook.rendering.statistics import Statistics

WIDTH = 50
EIGHTHS = " ▏▎▍▌▋▊▉"
STYLE = """
:root { color-scheme: light dark; --bar: #2563eb; --quiet: #6b7280; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .15rem .5rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: normal; color: var(--quiet); }
td.bar { width: 100%; }
td.bar span { display: block; height: 1em; background: var(--bar); min-width: 1px; }
"""


def lines(found: Statistics) -> list[str]:
    """The numbers, and a bar for each bin of lengths."""
    text = [f"{value:>15,} {label}" for label, value in _numbers(found)]
    bins = found.bins()
    most = max((one.examples for one in bins), default=0)
    if most:
        text += ["", "examples by their tokens, before any was cut"]
    text += [f"{one.low:>9,} to {one.high:<9,} {_bar(one.examples / most)} {one.examples:,}" for one in bins]
    return text


def page(found: Statistics, about: dict[str, Any]) -> bytes:
    """The same as HTML, with what was asked for. Everything in it is escaped."""
    bins = found.bins()
    most = max((one.examples for one in bins), default=1) or 1
    numbers = "".join(f"<tr><th>{escape(label)}</th><td>{value:,}</td></tr>\n" for label, value in _numbers(found))
    bars = "".join(
        f"<tr><th>{one.low:,} to {one.high:,}</th>"
        f'<td class="bar"><span style="width:{100 * one.examples / most:.2f}%"></span></td>'
        f"<td>{one.examples:,}</td></tr>\n"
        for one in bins
    )
    asked = "".join(f"<tr><th>{escape(key)}</th><td>{escape(str(value))}</td></tr>\n" for key, value in _flat(about))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Rendered examples</title>\n<style>{STYLE}</style>\n<h1>Rendered examples</h1>\n"
        f"<table>\n{numbers}</table>\n<h2>Examples by their tokens, before any was cut</h2>\n<table>\n{bars}</table>\n"
        f"<h2>What was asked for</h2>\n<table>\n{asked}</table>\n</html>\n"
    ).encode()


def _numbers(found: Statistics) -> list[tuple[str, int]]:
    return [
        ("rows", found.rows),
        ("rows left out", found.left_out),
        ("examples", found.examples),
        ("tokens", found.tokens),
        ("trained tokens", found.trained),
        ("examples truncated", found.truncated),
        ("tokens cut off", found.cut),
        ("tokens of the longest", found.longest),
        ("tokens of the median", found.quantile(0.5)),
        ("tokens that 99 % do not exceed", found.quantile(0.99)),
    ]


def _bar(part: float) -> str:
    eighths = max(round(part * WIDTH * 8), int(part > 0))
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def _flat(about: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in about.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return found
