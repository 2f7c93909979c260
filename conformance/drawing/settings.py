"""The ways in which renderers are asked: name, tokenizer and options, as the corpus knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from conformance.corpus import settings as corpus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.cases import Tier

PLAIN = frozenset({"role_colon", "llama3"})
"""Families that refuse parts and tools: asked for them now and then only."""


class Setting(Struct, frozen=True):
    """A renderer, a tokenizer it works with, and the boolean options it has."""

    renderer: str
    tokenizer: str
    options: tuple[str, ...] = ()
    plain: bool = False


def settings(renderers: Iterable[str], tokenizers: Collection[str], tiers: Collection[Tier]) -> tuple[Setting, ...]:
    """Every way to ask these renderers with these tokenizers, in the order of the renderers."""
    known = [one for one in vars(corpus).values() if isinstance(one, corpus.Setting)]
    found: dict[Setting, None] = {}
    for renderer in renderers:
        named = [one for one in known if one.renderer == renderer]
        options = tuple(sorted({option for one in named for option in one.options}))
        for one in named:
            for tier in tiers:
                tokenizer = one.bytes if tier == "bytes" else one.real
                if tokenizer in tokenizers:
                    found[Setting(renderer, tokenizer, options, one.family in PLAIN)] = None
    return tuple(found)


def tokenizers_of(renderers: Collection[str], tiers: Collection[Tier]) -> set[str]:
    """The tokenizers that these renderers are asked with."""
    known = [one for one in vars(corpus).values() if isinstance(one, corpus.Setting) and one.renderer in renderers]
    return {one.bytes if tier == "bytes" else one.real for one in known for tier in tiers}


def known_renderers() -> list[str]:
    """The renderers that the corpus knows how to ask."""
    return sorted({one.renderer for one in vars(corpus).values() if isinstance(one, corpus.Setting)})


def as_params(setting: Setting, options: dict[str, Any]) -> dict[str, Any]:
    """The params that name a setting."""
    params: dict[str, Any] = {"renderer": setting.renderer, "tokenizer": setting.tokenizer}
    if options:
        params["options"] = options
    return params
