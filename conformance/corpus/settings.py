"""The ways in which a renderer is asked: its name, its options, and a tokenizer of each tier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.corpus.question import TIERS, Level, Question, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.corpus.messages import Message


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One renderer as it is asked. Each method gives one question a tier."""

    renderer: str
    family: str
    bytes: str
    real: str
    options: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""

    def prompt(
        self,
        slug: str,
        messages: Sequence[Message],
        *,
        role: str | None = None,
        prefill: str | None = None,
        **about: Any,
    ) -> Iterator[Question]:
        """`build_generation_prompt`."""
        asked = {"messages": list(messages), "role": role, "prefill": prefill}
        return self._ask(slug, "prompt", "build_generation_prompt", asked, **about)

    def example(
        self, slug: str, messages: Sequence[Message], train_on_what: str | None = None, **about: Any
    ) -> Iterator[Question]:
        """`build_supervised_example`."""
        asked = {"messages": list(messages), "train_on_what": train_on_what}
        return self._ask(slug, _named("example", train_on_what), "build_supervised_example", asked, **about)

    def examples(
        self, slug: str, messages: Sequence[Message], train_on_what: str | None = None, **about: Any
    ) -> Iterator[Question]:
        """`build_supervised_examples`."""
        asked = {"messages": list(messages), "train_on_what": train_on_what}
        return self._ask(slug, _named("examples", train_on_what), "build_supervised_examples", asked, **about)

    def parse(self, slug: str, tokens: Any, **about: Any) -> Iterator[Question]:
        """`parse_response`; `tokens` may be a placeholder, and a string stands for its encoding."""
        return self._ask(slug, "parse", "parse_response", {"tokens": _placed(tokens)}, **about)

    def stream(self, slug: str, tokens: Any, **about: Any) -> Iterator[Question]:
        """`parse_response_streaming`."""
        return self._ask(slug, "stream", "parse_response_streaming", {"tokens": _placed(tokens)}, **about)

    def openai(self, slug: str, message: Message, **about: Any) -> Iterator[Question]:
        """`to_openai_message`."""
        return self._ask(slug, "openai", "to_openai_message", {"message": message}, **about)

    def tools(
        self,
        slug: str,
        tools: Sequence[Mapping[str, str]],
        system_prompt: str | None = None,
        **about: Any,
    ) -> Iterator[Question]:
        """`create_conversation_prefix_with_tools`."""
        asked = {"tools": list(tools), "system_prompt": system_prompt}
        return self._ask(slug, "tools", "create_conversation_prefix_with_tools", asked, **about)

    def stop(self, slug: str, **about: Any) -> Iterator[Question]:
        """`get_stop_sequences`."""
        return self._ask(slug, "stop", "get_stop_sequences", {}, **about)

    def extension(self, slug: str, **about: Any) -> Iterator[Question]:
        """`has_extension_property`."""
        return self._ask(slug, "extension", "has_extension_property", {}, **about)

    def _ask(
        self,
        slug: str,
        op: str,
        function: str,
        asked: Mapping[str, Any],
        *,
        flags: tuple[str, ...],
        notes: str = "",
        traps: tuple[str, ...] = (),
        level: Level = "must",
        variant: str = "",
        tiers: tuple[Tier, ...] = TIERS,
    ) -> Iterator[Question]:
        endings = "".join(f"/{ending}" for ending in (self.variant, variant) if ending)
        for tier in tiers:
            params: dict[str, Any] = {
                "renderer": self.renderer,
                "tokenizer": self.bytes if tier == "bytes" else self.real,
            }
            params |= {key: value for key, value in asked.items() if value is not None}
            if self.options:
                params["options"] = dict(self.options)
            yield Question(
                id=f"renderer/{self.renderer}/{slug}/{op}{endings}@{tier}",
                operation=f"renderer.{function}",
                params=params,
                flags=tuple(dict.fromkeys(flags)),
                notes=notes,
                traps=traps,
                level=level,
            )


def _named(op: str, train_on_what: str | None) -> str:
    return op if train_on_what is None else f"{op}-{train_on_what.lower()}"


def _placed(tokens: Any) -> Any:
    return {"$encode": tokens} if isinstance(tokens, str) else tokens


ROLE_COLON = Setting(
    renderer="role_colon", family="role_colon", bytes="bytes-qwen3", real="qwen3", variant="without-bos"
)
ROLE_COLON_BOS = Setting(
    renderer="role_colon", family="role_colon", bytes="bytes-llama3", real="llama3", variant="with-bos"
)
LLAMA3 = Setting(renderer="llama3", family="llama3", bytes="bytes-llama3_instruct", real="llama3_instruct")

QWEN3 = Setting(renderer="qwen3", family="qwen3", bytes="bytes-qwen3", real="qwen3")
QWEN3_KEEP = Setting(
    renderer="qwen3",
    family="qwen3",
    bytes="bytes-qwen3",
    real="qwen3",
    options={"strip_thinking_from_history": False},
    variant="keep-thinking",
)
QWEN3_DISABLE = Setting(renderer="qwen3_disable_thinking", family="qwen3", bytes="bytes-qwen3", real="qwen3")
QWEN3_INSTRUCT = Setting(renderer="qwen3_instruct", family="qwen3", bytes="bytes-qwen3", real="qwen3")
QWEN3_FAMILY = (QWEN3, QWEN3_KEEP, QWEN3_DISABLE, QWEN3_INSTRUCT)


def _deepseek(renderer: str, *, variant: str = "", **options: bool) -> Setting:
    return Setting(
        renderer=renderer,
        family="deepseek",
        bytes="bytes-deepseek_v3_1",
        real="deepseek_v3_1",
        options=options,
        variant=variant,
    )


DEEPSEEK = _deepseek("deepseekv3")
DEEPSEEK_ALIAS = _deepseek("deepseekv3_disable_thinking")
DEEPSEEK_THINKING = _deepseek("deepseekv3_thinking")
DEEPSEEK_KEEP = _deepseek("deepseekv3_thinking", variant="keep-thinking", strip_thinking_from_history=False)
DEEPSEEK_SYSTEM = _deepseek("deepseekv3", variant="system-as-user", system_role_as_user=True)
DEEPSEEK_THINKING_SYSTEM = _deepseek("deepseekv3_thinking", variant="system-as-user", system_role_as_user=True)


def _harmony(renderer: str) -> Setting:
    return Setting(renderer=renderer, family="gpt_oss", bytes="bytes-gpt_oss", real="gpt_oss")


GPT_OSS = _harmony("gpt_oss_no_sysprompt")
GPT_OSS_LOW = _harmony("gpt_oss_low_reasoning")
GPT_OSS_MEDIUM = _harmony("gpt_oss_medium_reasoning")
GPT_OSS_HIGH = _harmony("gpt_oss_high_reasoning")
