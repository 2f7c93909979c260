"""One question after another: an operation, then params for it. Mostly by what the operation is about, else by type."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec

from conformance.drawing import forms, tensors, tokens
from conformance.drawing.conversations import conversation, train_on_what
from conformance.drawing.messages import message, parts, unparsed_tool_calls
from conformance.drawing.settings import Setting, as_params
from conformance.drawing.texts import role, text_of_any_kind
from conformance.drawing.tools import tools
from conformance.number_forms.shared import DtypeName
from conformance.operations import OPERATIONS, invalid_params

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from conformance.drawing.dice import Dice

RAW = 0.08
"""The share of questions that are drawn from the type of their params alone."""
BY_TYPE = 0.3
"""How often an operation is asked that is known by its type alone: many of these questions are refused."""
LOOPS = "trace."
"""Whole training loops take as long as thousands of other questions, and what is drawn by type is hardly one."""
DTYPES = get_args(DtypeName)
TERMINATIONS = ("stop_sequence", "eos", "malformed")
SEPARATORS = ("", "\n", " | ")


class Drawn(NamedTuple):
    """A question, without an id."""

    operation: str
    params: dict[str, Any]


class Drawer:
    """Draws questions for `operations`, of `settings` and `tokenizers`.

    `encode(tokenizer, text)` finds special tokens in the text. `render(params)` gives tokens and weights of a
    supervised example, None where the renderer refuses: answers to parse are made from it. `dtypes` are those of
    tensors that may be asked about, beside names that are none; by default all.
    """

    def __init__(
        self,
        *,
        operations: Collection[str],
        settings: Sequence[Setting],
        tokenizers: Sequence[str],
        encode: Callable[[str, str], list[int]],
        render: Callable[[dict[str, Any]], tuple[list[int], list[float]] | None],
        dtypes: Collection[str] = DTYPES,
    ) -> None:
        self._settings = settings
        self._tokenizers = tokenizers
        self._encode = encode
        self._render = render
        self._barred = frozenset(DTYPES) - frozenset(dtypes)
        self._markers: dict[str, list[int]] = {}
        self.operations = tuple(name for name in OPERATIONS if name in operations and self._can(name))
        self._odds = list(accumulate(_ODDS.get(name, 1.0 if name in _BY_NOUN else BY_TYPE) for name in self.operations))

    def _can(self, name: str) -> bool:
        if name.startswith(LOOPS):
            return False
        members = OPERATIONS[name].params.__struct_fields__
        return ("renderer" not in members or bool(self._settings)) and (
            "tokenizer" not in members or bool(self._tokenizers)
        )

    def draw(self, dice: Dice) -> Drawn:
        """The next question."""
        while True:
            (name,) = dice.choices(self.operations, cum_weights=self._odds)
            by_noun = _BY_NOUN.get(name)
            if by_noun is not None and not dice.chance(RAW):
                params = by_noun(self, dice)
            else:
                params = self._raw(dice, name)
                # A form may ask for more than its types say, and then takes few of these.
                if invalid_params(name, msgspec.json.encode(params)) is not None:
                    continue
            if not (self._barred and name.startswith("tensor.") and self._asks_what_is_barred(params)):
                return Drawn(name, params)

    def _asks_what_is_barred(self, params: dict[str, Any]) -> bool:
        return any(isinstance(params.get(key), str) and params[key] in self._barred for key in ("dtype", "to"))

    def _raw(self, dice: Dice, name: str) -> dict[str, Any]:
        params = forms.draw(dice, OPERATIONS[name].params)
        if "renderer" in params:
            params.pop("options", None)
            params |= self._asking(dice, dice.pick(self._settings))
        elif "tokenizer" in params:
            params["tokenizer"] = dice.pick(self._tokenizers)
        if "tokens" in params and "tokenizer" in params:
            params["tokens"] = self._random_tokens(dice, params["tokenizer"])
        return params

    def _asking(self, dice: Dice, setting: Setting) -> dict[str, Any]:
        options = {}
        for option in setting.options:
            if dice.chance(0.3):
                options[option] = dice.chance(0.5)
        return as_params(setting, options)

    def _setting(self, dice: Dice) -> tuple[Setting, dict[str, Any]]:
        setting = dice.pick(self._settings)
        return setting, self._asking(dice, setting)

    # By noun.

    def encode_question(self, dice: Dice) -> dict[str, Any]:
        params: dict[str, Any] = {"tokenizer": dice.pick(self._tokenizers), "text": text_of_any_kind(dice)}
        if dice.chance(0.4):
            params["split_special_tokens"] = dice.chance(0.7)
        return params

    def decode_question(self, dice: Dice) -> dict[str, Any]:
        tokenizer = dice.pick(self._tokenizers)
        if dice.chance(0.5):
            return {"tokenizer": tokenizer, "tokens": self._random_tokens(dice, tokenizer)}
        made = tokens.mutated(dice, self._encode(tokenizer, text_of_any_kind(dice)), self._encoder(tokenizer))
        return {"tokenizer": tokenizer, "tokens": made}

    def prompt(self, dice: Dice) -> dict[str, Any]:
        setting, params = self._setting(dice)
        params["messages"] = conversation(dice, plain=setting.plain)
        if dice.chance(0.1):
            params["role"] = role(dice)
        if dice.chance(0.2):
            params["prefill"] = text_of_any_kind(dice)
        return params

    def example(self, dice: Dice) -> dict[str, Any]:
        setting, params = self._setting(dice)
        params["messages"] = conversation(dice, plain=setting.plain, answered=True)
        mode = train_on_what(dice, params["messages"])
        return params if mode is None else {**params, "train_on_what": mode}

    def parse(self, dice: Dice) -> dict[str, Any]:
        setting, params = self._setting(dice)
        encode = self._encoder(setting.tokenizer)
        thrown = dice.random()
        if thrown < 0.08:
            params["tokens"] = self._random_tokens(dice, setting.tokenizer)
        elif thrown < 0.35:
            params["tokens"] = tokens.written(dice, encode)
        else:
            params["tokens"] = tokens.mutated(dice, self._answer(dice, setting, params), encode)
        return params

    def _answer(self, dice: Dice, setting: Setting, params: dict[str, Any]) -> list[int]:
        """What a renderer writes for an answer of the assistant, its terminator included."""
        messages = [{"role": "user", "content": "Tea?"}, message(dice, "assistant", plain=setting.plain)]
        rendered = self._render({**params, "messages": messages})
        if rendered is None:
            return self._encode(setting.tokenizer, text_of_any_kind(dice))
        return [token for token, weight in zip(*rendered, strict=True) if weight]

    def classify(self, dice: Dice) -> dict[str, Any]:
        made = message(dice, "assistant")
        if dice.chance(0.4):
            made["unparsed_tool_calls"] = unparsed_tool_calls(dice)
        return {"message": made, "termination": dice.pick(TERMINATIONS)}

    def openai(self, dice: Dice) -> dict[str, Any]:
        _, params = self._setting(dice)
        return {**params, "message": message(dice, role(dice))}

    def content(self, dice: Dice) -> dict[str, Any]:
        made: dict[str, Any] = {"content": parts(dice) if dice.chance(0.7) else text_of_any_kind(dice)}
        if dice.chance(0.4):
            made["separator"] = dice.pick(SEPARATORS)
        return made

    def whole_message(self, dice: Dice) -> dict[str, Any]:
        return {"message": message(dice, role(dice))}

    def prefix(self, dice: Dice) -> dict[str, Any]:
        _, params = self._setting(dice)
        params["tools"] = tools(dice)
        if dice.chance(0.5):
            params["system_prompt"] = text_of_any_kind(dice)
        return params

    def setting_alone(self, dice: Dice) -> dict[str, Any]:
        return self._setting(dice)[1]

    # Tokens.

    def _encoder(self, tokenizer: str) -> Callable[[str], list[int]]:
        return lambda text: self._encode(tokenizer, text)

    def _random_tokens(self, dice: Dice, tokenizer: str) -> list[int]:
        if tokenizer not in self._markers:
            # Pieces that are one token each, in this tokenizer.
            found = {ids[0] for piece in tokens.PIECES if len(ids := self._encode(tokenizer, piece)) == 1}
            self._markers[tokenizer] = sorted(found)
        return tokens.random_tokens(dice, self._markers[tokenizer])


_BY_NOUN: dict[str, Callable[[Drawer, Dice], dict[str, Any]]] = {
    "tokenizer.encode": Drawer.encode_question,
    "tokenizer.decode": Drawer.decode_question,
    "renderer.build_generation_prompt": Drawer.prompt,
    "renderer.build_supervised_example": Drawer.example,
    "renderer.build_supervised_examples": Drawer.example,
    "renderer.parse_response": Drawer.parse,
    "renderer.parse_response_streaming": Drawer.parse,
    "renderer.classify_parse_failure": Drawer.classify,
    "renderer.to_openai_message": Drawer.openai,
    "renderer.format_content_as_string": Drawer.content,
    "renderer.get_text_content": Drawer.whole_message,
    "renderer.get_stop_sequences": Drawer.setting_alone,
    "renderer.create_conversation_prefix_with_tools": Drawer.prefix,
    "renderer.has_extension_property": Drawer.setting_alone,
    "tensor.from_nested": lambda _, dice: tensors.from_nested(dice),
    "tensor.to_nested": lambda _, dice: tensors.to_nested(dice),
}

_ODDS = {
    "renderer.build_generation_prompt": 4.0,
    "renderer.build_supervised_example": 5.0,
    "renderer.build_supervised_examples": 2.0,
    "renderer.parse_response": 5.0,
    "renderer.parse_response_streaming": 2.0,
    "renderer.create_conversation_prefix_with_tools": 2.0,
    # There are only so many settings.
    "renderer.get_stop_sequences": 0.2,
    "renderer.has_extension_property": 0.1,
}
"""How often an operation is asked, where it is not once."""
