"""One HTML file that needs nothing else: style, script and data are inside, and a policy forbids everything else.

What comes from models, ports and files reaches a page in two ways, and both are closed. In the template, every value
goes through `escape.html`, whether or not its author thought of it. In the data, which scripts only ever show as text,
every text goes through `shown` before, and the JSON has none of the characters that HTML could end its element at.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.reports.escape import html, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WEB = Path(__file__).parent / "web"
LONGEST = 2000
"""How many characters of one text are shown: a page of ten thousand cases has to open at once."""
EXACT = 2**53
"""From here on JavaScript's numbers are no longer exact."""
_ENTITIES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def web_page(
    template: str, *, styles: Sequence[str], scripts: Sequence[str], data: Any, values: Mapping[str, Any]
) -> bytes:
    """The page.

    Args:
        template: The template in `web/`, which finds `values` under their names.
        styles, scripts: Files in `web/`, joined in this order.
        data: What the scripts show, as JSON. Its texts have gone through `shown`.
    """
    environment = Environment(
        loader=FileSystemLoader(WEB),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_joined(names) for names in (styles, scripts))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = environment.get_template(template).render(
        values, policy=Markup(policy), style=Markup(style), script=Markup(script), data=Markup(inline_json(data))
    )
    return page.encode("utf-8", "backslashreplace")


def inline_json(data: Any) -> str:
    """JSON for a `<script type="application/json">` element: nothing in it can end the element."""
    return msgspec.json.encode(data).decode().translate(_ENTITIES)


def shown(text: str, limit: int = LONGEST) -> str:
    """A text as scripts may show it: visible, and cut to a length that a page can bear."""
    if len(text) <= limit:
        return visible(text, keep="\n")
    return f"{visible(text[:limit], keep=chr(10))}... ({len(text)} characters)"


def number(value: int) -> int | str:
    """A number as the scripts see it: as text where JavaScript would round it."""
    return value if -EXACT < value < EXACT else str(value)


def _finalize(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    text = str(value)
    return Markup(html(text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"))


def _joined(names: Sequence[str]) -> str:
    return "\n".join((WEB / name).read_text(encoding="utf-8").strip() for name in names) + "\n"


def _hash(content: str) -> str:
    """What a Content-Security-Policy names an inline element by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
