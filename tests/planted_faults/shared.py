"""Faults that every family can have: who is trained, what is done to text, how a prompt is asked for."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from cookbook.renderers import TrainOnWhat, base
from cookbook.renderers.parsing import ParseTermination

from . import planting as plant
from .planting import PlantedFault, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def shared_faults(family: str, renderers: tuple[str, ...], *classes: type, **causes: str) -> tuple[PlantedFault, ...]:
    """The faults that all families share, planted in `classes`.

    `causes` says where a family's are others: by the name of the fault, its words joined with `_`.
    """

    def fault(name: str, traps: str, *usual: str, by: plant.Plant) -> PlantedFault:
        given = causes.get(name.replace(" ", "_").replace("'", "").replace("-", "_"))
        found = usual if given is None else tuple(given.split())
        return PlantedFault(family=family, name=name, traps=traps, renderers=renderers, causes=found, plant=by)

    def each(make: Any) -> plant.Plant:
        return plant.all_of(*(make(cls) for cls in classes))

    def texts(change: Any) -> plant.Plant:
        return each(lambda cls: plant.asked(cls, lambda message, _: plant.with_text(message, change)))

    def prompts(change: Any) -> plant.Plant:
        return each(lambda cls: plant.prompted(cls, change))

    return (
        fault("content stripped", "T040 T071", "whitespace", by=texts(str.strip)),
        fault("CRLF made a newline", "T040", "newlines", by=texts(lambda text: text.replace("\r\n", "\n"))),
        fault(
            "NFC everywhere", "T041", "normalization", by=plant.encoded(lambda text: unicodedata.normalize("NFC", text))
        ),
        fault("header in loss", "T001", "weights-prefix", by=plant.header_in_loss(*classes)),
        fault(
            "header not in loss of all tokens",
            "T001",
            "weights-messages",
            by=each(lambda cls: plant.other_mode(cls, {"all_tokens": "all_messages"})),
        ),
        fault("missing content taken for none", "T036", "accepted", by=each(lambda cls: plant.asked(cls, _no_null))),
        fault(
            "prefill dropped", "T025", "tail-missing", by=prompts(lambda _, messages, role, __: (messages, role, ""))
        ),
        fault(
            "prefill stripped",
            "T025",
            "tail-missing",
            by=prompts(lambda _, messages, role, prefill: (messages, role, prefill.strip())),
        ),
        fault(
            "role of the prompt ignored",
            "T027",
            "role-header",
            by=prompts(lambda _, messages, __, prefill: (messages, "assistant", prefill)),
        ),
        fault("a last answer is continued", "T028", "tail-missing", by=prompts(_continued)),
        fault("an empty conversation refused", "T021", "rejected", by=prompts(_not_empty)),
        # Who is trained
        fault(
            "the last answer trained though a user speaks last",
            "T003",
            "weights-messages",
            by=each(
                lambda cls: plant.trained_instead(
                    cls, {"last_assistant_message": lambda messages, at: at == plant.last(messages, "assistant")}
                )
            ),
        ),
        fault("a trailing user ends the turn", "T004", "weights-none", by=plant.weighted(_trailing_user)),
        fault("the turn is only its last message", "T005", "weights-messages", by=plant.weighted(_last_of_turn)),
        fault(
            "a tool's result begins another turn",
            "T005",
            "weights-messages",
            by=each(lambda cls: plant.turn_start(cls, ("user", "tool"))),
        ),
        fault(
            "all messages are the user's and the assistant's",
            "T001",
            "weights-messages",
            by=plant.weighted(_only(TrainOnWhat.ALL_MESSAGES, "user", "assistant")),
        ),
        fault(
            "users and systems are all but assistants",
            "T006",
            "weights-messages",
            by=plant.weighted(_only(TrainOnWhat.ALL_USER_AND_SYSTEM_MESSAGES, "user", "system", "tool", "developer")),
        ),
        fault(
            "users and systems are users alone",
            "T006",
            "weights-messages",
            by=plant.weighted(_only(TrainOnWhat.ALL_USER_AND_SYSTEM_MESSAGES, "user")),
        ),
        fault(
            "trainable ignored",
            "T007",
            "weights-messages",
            by=plant.weighted(_only(TrainOnWhat.CUSTOMIZED, "assistant")),
        ),
        fault("trainable needed nowhere", "T007 T008", "accepted", by=_trainable(lambda message, mode: _ignored)),
        fault(
            "trainable missing is false",
            "T007",
            "accepted",
            by=_trainable(lambda message, mode: _ignored if mode == "customized" else _kept),
        ),
        fault(
            "trainable null is no trainable",
            "T008",
            "accepted",
            by=_trainable(lambda message, mode: _ignored if message.get("trainable", True) is None else _kept),
        ),
        fault("unknown train_on_what is the default", "T010", "accepted", by=each(_default_mode)),
        # Parsing
        fault("parsed content stripped", "T055 T073", "content-whitespace", by=each(_parse_stripped)),
        fault(
            "a cut-off answer taken for a whole one",
            "T057",
            "termination",
            by=each(lambda cls: plant.parsed(cls, lambda message, *_: (message, ParseTermination.STOP_SEQUENCE))),
        ),
        fault("parsed content always parts", "T219", "content-shape", by=each(_parts_always)),
    )


def _no_null(message: Any, ctx: Any) -> Any:
    return {**message, "content": message.get("content") or ""}


def _continued(self: Any, messages: Sequence[Any], role: str, prefill: str) -> Any:
    if messages and role_of(messages[-1]) == "assistant":
        return messages[:-1], role, str(messages[-1].get("content"))
    return messages, role, prefill


def _not_empty(self: Any, messages: Sequence[Any], role: str, prefill: str) -> Any:
    if not messages:
        raise base.RendererError("no messages")
    return messages, role, prefill


def _trailing_user(weight: int, message: Any, ctx: Any, mode: str) -> int:
    return int(weight and ctx.idx > ctx.last_user_index) if mode == "last_assistant_turn" else weight


def _last_of_turn(weight: int, message: Any, ctx: Any, mode: str) -> int:
    ends = ctx.next_message is None or role_of(ctx.next_message) == "user"
    return int(weight and ends) if mode == "last_assistant_turn" else weight


def _only(mode: str, *roles: str) -> Any:
    return lambda weight, message, _, there: int(role_of(message) in roles) if there == mode else weight


def _kept(original: Any, message: Any, mode: str) -> None:
    original(message, mode)


def _ignored(original: Any, message: Any, mode: str) -> None:
    pass


def _trainable(choose: Any) -> plant.Plant:
    """How the presence of `trainable` is looked at; a missing one is false."""
    return plant.all_of(
        plant.wrapped(
            base, "check_trainable", lambda original, message, mode: choose(message, mode)(original, message, mode)
        ),
        plant.wrapped(
            base,
            "output_weight",
            lambda original, message, ctx, mode: original({"trainable": False, **message}, ctx, mode),
        ),
    )


def _default_mode(cls: type) -> plant.Plant:
    def build(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
        return original(self, messages, train_on_what if train_on_what in [*TrainOnWhat] else "last_assistant_message")

    return plant.wrapped(cls, "build_supervised_example", build)


def _parse_stripped(cls: type) -> plant.Plant:
    return plant.content_parsed(cls, str.strip)


def _parts_always(cls: type) -> plant.Plant:
    return plant.parsed(cls, lambda message, ending, *_: ({**message, "content": plant.parts_of(message)}, ending))
