"""Protocol 1: the messages between the runner and an adapter, one JSON-RPC 2.0 object a line.

The runner writes ASCII only. An adapter may write any valid UTF-8. Params and results stay raw JSON here: what
they hold is the business of `conformance.operations`, and equal bytes need not be decoded to be compared.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

PROTOCOL = 1
"""The version of the protocol that is described here."""

REJECTED = -32000
NOT_SUPPORTED = -32601
INVALID_PARAMS = -32602
BROKE = -32603

Text = Annotated[str, Meta(min_length=1)]
EngineText = Annotated[str, Meta(min_length=1, max_length=100)]
TokenId = Annotated[int, Meta(ge=0)]


# The handshake: what the runner offers, what the adapter declares.


class AddedToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token with a text and an id of its own. `special` ones become bytes when special tokens are split."""

    content: Text
    id: TokenId
    special: bool


class BytesTokenizer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="bytes"):
    """Ids 0 to 255 are bytes; the added tokens follow."""

    bos_token: str | None
    eos_token: str | None
    added: tuple[AddedToken, ...]


class FileTokenizer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="file"):
    """A tokenizer.json on this machine, with the sha256 of its bytes in hexadecimal."""

    path: Text
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    bos_token: str | None
    eos_token: str | None


class Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would otherwise be read from the machine."""

    current_date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = "2025-06-28"
    timezone: Text = "UTC"


class InitializeParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The runner's half of the handshake: the versions it speaks and the tokenizers it offers, by name."""

    protocol: int = PROTOCOL
    suite: str
    environment: Environment = Environment()
    tokenizers: dict[str, BytesTokenizer | FileTokenizer] = {}


class Implementation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who answers. `upstream` is the release of the Python package that the port follows, if it names one."""

    name: Text
    version: str
    language: str
    upstream: str | None = None


class TokenizerEngine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The package that encodes with tokenizers of the kind `file`, where the port has one."""

    name: EngineText
    version: EngineText

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class AdapterOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`callback`: the adapter has no tokenizer and asks the runner to encode and decode while it answers."""

    tokenizer: Literal["own", "callback"] = "own"


class InitializeResult(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The adapter's half of the handshake. What is not declared is unsupported, what is declared is owed."""

    protocol: int
    implementation: Implementation
    operations: tuple[str, ...]
    renderers: tuple[str, ...] = ()
    tokenizers: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ("float32", "int64")
    """Of tensors. Those of the live API when it is left out."""
    engine: TokenizerEngine | None = None
    """Reports name it. None where there is none, or nobody says."""
    options: AdapterOptions = AdapterOptions()


# The answers, as the rest of the runner sees them.

FaultKind = Literal[
    "broke",  # an error that is neither a rejection nor "not supported"
    "crash",  # the process ended, or closed its stdout
    "duplicate",  # a second reply to the same question
    "garbage",  # a line on stdout that is no JSON object
    "invalid_result",  # a result that does not have the form of its operation
    "malformed",  # a JSON object that is no reply of this protocol
    "timeout",  # no reply in time
    "too_long",  # a line on stdout beyond the limit
    "wrong_id",  # a reply to a question that was not asked
]


class Result(Struct, frozen=True, tag=True, gc=False):
    """The library answered. `raw` is the JSON text of `result`, undecoded."""

    raw: bytes


class Rejection(Struct, frozen=True, tag=True, gc=False):
    """The library refuses this input."""

    kind: str | None
    message: str


class NotSupported(Struct, frozen=True, tag=True, gc=False):
    """The adapter does not have this operation, renderer, tokenizer or option."""

    reason: str


class Fault(Struct, frozen=True, tag=True, gc=False):
    """There is no answer, and the adapter is to blame. `message` is one line; `detail` is a trace, stderr or quote."""

    kind: FaultKind
    message: str
    detail: str = ""


Answer = Result | Rejection | NotSupported | Fault


# Lines.


class ErrorObject(Struct, frozen=True):
    """JSON-RPC's error object. `data` is left raw, because an adapter may put anything there."""

    code: int
    message: str
    data: Raw | UnsetType = UNSET


class ErrorData(Struct, frozen=True):
    """The members of `error.data` that the runner reads; others are welcome."""

    kind: str | None = None
    reason: str | None = None
    trace: str | None = None


class Incoming(Struct, gc=False):
    """A line from the adapter: a reply, or (with `method`) a request to lend a tokenizer."""

    jsonrpc: Literal["2.0"]
    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: ErrorObject | UnsetType = UNSET


class NotProtocol(Exception):
    """A line that is not protocol. `id` is the id it carries, when it is readable despite the fault."""

    def __init__(self, kind: FaultKind, reason: str, *, id: int | str | None = None) -> None:
        super().__init__(reason)
        self.kind: FaultKind = kind
        self.reason = reason
        self.id = id


_incoming = msgspec.json.Decoder(Incoming)
_error_data = msgspec.json.Decoder(ErrorData)


def ascii_json(value: object) -> bytes:
    """`value` as JSON in ASCII: every character beyond it as `\\uXXXX`, in pairs beyond the basic plane.

    Raises:
        ValueError: a text holds a lone surrogate, which is no Unicode text.
    """
    raw = msgspec.json.encode(value)
    if raw.isascii():
        return raw
    return "".join(char if char < "\x80" else _escaped(char) for char in raw.decode()).encode()


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def request_line(id: int | str, method: str, params: bytes) -> bytes:
    """The line of a request. `params` is spliced in undecoded: the JSON text of an object, ASCII, on one line.

    Raises:
        ValueError: `params` is not that, or holds an escaped lone surrogate.
    """
    # Looking for a single byte, as a number, is many times as fast as looking for a string of bytes.
    if not params.isascii() or params[:1] != b"{" or 0x0A in params or 0x0D in params:
        raise ValueError(f"the params of {id!r} are not the ASCII text of a JSON object on one line")
    if 0x5C in params and (b"\\ud" in params or b"\\uD" in params):
        # Perhaps a surrogate pair, perhaps half of one: msgspec refuses the latter.
        try:
            msgspec.json.decode(params)
        except msgspec.DecodeError as error:
            raise ValueError(f"the params of {id!r} hold a lone surrogate, or are not JSON: {error}") from None
    return b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}\n' % (ascii_json(id), ascii_json(method), params)


def reply_line(id: int | str | None, *, result: object = UNSET, error: ErrorObject | None = None) -> bytes:
    """The line of the runner's reply to a request of the adapter: with `error` a refusal, else the result."""
    if error is not None:
        return b'{"jsonrpc":"2.0","id":%b,"error":%b}\n' % (ascii_json(id), ascii_json(error))
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}\n' % (ascii_json(id), ascii_json(result))


def read_line(line: bytes) -> Incoming:
    """Read one line of an adapter's stdout, without its newline.

    Raises:
        NotProtocol: it is no JSON object in UTF-8, or one whose members have other types than JSON-RPC's.
    """
    try:
        if not line.isascii():
            line.decode()  # What stays raw is not looked at by msgspec.
        return _incoming.decode(line)
    except (ValueError, RecursionError) as error:  # ValueError: msgspec's own, and UnicodeDecodeError.
        from conformance.not_protocol import explain

        raise explain(line, str(error)) from None


def answer_of(reply: Incoming) -> Answer:
    """What a reply says: a result, a rejection, "not supported", or that the adapter broke.

    Raises:
        NotProtocol: it has both a result and an error, or neither.
    """
    result, error = reply.result, reply.error
    if isinstance(error, UnsetType):
        if not isinstance(result, UnsetType):
            return Result(bytes(result))
        raise NotProtocol("malformed", "it has neither `result` nor `error`", id=_known(reply.id))
    if not isinstance(result, UnsetType):
        raise NotProtocol("malformed", "it has both `result` and `error`", id=_known(reply.id))
    data, detail = _read_error_data(error.data)
    if error.code == REJECTED:
        return Rejection(data.kind, error.message)
    if error.code == NOT_SUPPORTED:
        return NotSupported(data.reason or error.message)
    what = "the adapter broke" if error.code == BROKE else f"error {error.code}, which is no answer of protocol 1"
    return Fault("broke", f"{what}: {one_line(error.message)}", detail)


def _known(id: int | str | UnsetType | None) -> int | str | None:
    return None if isinstance(id, UnsetType) else id


def _read_error_data(raw: Raw | UnsetType) -> tuple[ErrorData, str]:
    """The members that are known, and the whole as text for people: its trace, if it has one."""
    if isinstance(raw, UnsetType):
        return ErrorData(), ""
    try:
        data = _error_data.decode(raw)
    except ValueError:
        return ErrorData(), bytes(raw).decode()
    return data, data.trace or bytes(raw).decode()


def one_line(text: str, *, limit: int = 200) -> str:
    """`text` on one line, shortened."""
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else joined[:limit] + "..."


def quote(line: bytes, *, limit: int = 200) -> str:
    """The beginning of a line of bytes as a person reads it, quoted, with the length of what is left out."""
    text = repr(line[:limit].decode(errors="backslashreplace"))
    return text if len(line) <= limit else f"{text}... ({len(line):,} bytes)"
