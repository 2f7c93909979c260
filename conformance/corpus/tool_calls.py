"""Tool calls and tools: what arguments look like when they cross the wire, and what schemas do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arguments:
    """The JSON text of a call's arguments, under a name."""

    name: str
    value: str
    flags: tuple[str, ...]
    should: bool = False


WELL_FORMED = (
    Arguments("empty-object", "{}", ("json_spacing",)),
    Arguments("unsorted-keys", '{"zone": "b", "area": "a", "mid": 1}', ("key_order",)),
    Arguments("numeric-keys", '{"10": 1, "9": 2, "b": 3, "1": 4}', ("key_order",)),
    Arguments("compact", '{"a":1,"b":[1,2],"c":{"d":2}}', ("json_spacing",)),
    Arguments("loose", '{ "a" : 1 ,\n  "b" : [ 1 , 2 ]\t}', ("json_spacing",)),
    Arguments("outer-space", ' {"a": 1}\n', ("json_spacing",)),
    Arguments("literals", '{"t": true, "f": false, "n": null}', ("json_spacing",)),
    Arguments("float-whole", '{"x": 1.0, "y": 100.0}', ("json_numbers",)),
    Arguments("float-trailing-zero", '{"x": 1.10, "y": 2.500}', ("json_numbers",)),
    Arguments("float-shortest", '{"x": 0.1, "y": 0.30000000000000004}', ("json_numbers",)),
    Arguments("exponent-large", '{"x": 1e3, "y": 1E5, "z": 1e16, "w": 1e15}', ("json_numbers",)),
    Arguments("exponent-small", '{"x": 1E-7, "y": 0.0001, "z": 0.00001}', ("json_numbers",)),
    Arguments("exponent-plus", '{"x": 1e+22, "y": 123456789012345680.0}', ("json_numbers",)),
    Arguments("negative-zero", '{"x": -0.0, "y": -0}', ("json_numbers",)),
    Arguments("big-integer", '{"x": 12345678901234567890, "y": 9007199254740993}', ("json_numbers",)),
    Arguments("long-fraction", '{"x": 3.14159265358979323846}', ("json_numbers",)),
    Arguments("float-tiny", '{"x": 5e-324, "y": 1e-400}', ("json_numbers",)),
    Arguments("overflow", '{"x": 1e400}', ("json_numbers",), should=True),
    Arguments("not-a-number", '{"x": NaN, "y": -Infinity}', ("json_numbers",), should=True),
    Arguments("latin", '{"stadt": "Köln", "straße": "ü"}', ("json_escapes",)),
    Arguments("han", '{"茶": "绿"}', ("json_escapes", "scripts")),
    Arguments("emoji", '{"mood": "🍵"}', ("json_escapes", "emoji")),
    Arguments("escaped-emoji", r'{"mood": "\ud83c\udf75", "e": "\u00e9"}', ("json_escapes", "emoji")),
    Arguments("escaped-capitals", r'{"mood": "\uD83C\uDF75", "e": "\u00E9\u000A"}', ("json_escapes", "emoji")),
    Arguments("quotes", r'{"say": "\"yes\" \\ no"}', ("json_escapes",)),
    Arguments("slash", r'{"path": "a\/b/c"}', ("json_escapes",)),
    Arguments("controls", r'{"t": "a\tb\nc\r\u0001\u007f\b\f"}', ("json_escapes",)),
    Arguments("html", '{"q": "<b>&amp;</b> \'"}', ("json_escapes",)),
    Arguments("line-separator", '{"q": "a\u2028b"}', ("json_escapes",)),
    Arguments("decomposed", '{"q": "cafe\u0301"}', ("json_escapes", "nfc")),
    Arguments("nested", '{"o": {"z": [{"k": null}, []], "a": {}}, "l": [[], [1]]}', ("key_order", "json_spacing")),
    Arguments("duplicate-key", '{"a": 1, "b": 2, "a": 3}', ("key_order",)),
    Arguments("empty-key", '{"": "", " ": " "}', ("json_spacing",)),
    Arguments("json-in-string", r'{"body": "{\"a\": 1}"}', ("json_escapes",)),
    Arguments("closing-tag", '{"q": "</tool_call> <|im_end|>"}', ("special_text", "injection")),
    Arguments("not-an-object", "[1, 2]", ("json_spacing",)),
    Arguments("bare-string", '"just text"', ("json_spacing",)),
    Arguments("bare-number", "1.50", ("json_numbers",)),
    Arguments("bare-null", "null", ("json_spacing",)),
    Arguments("null-escape", r'{"q": "a\u0000b"}', ("json_escapes",)),
    Arguments("lone-surrogates", r'{"q": "\ud83c a", "r": "\udf75\ud83c"}', ("json_escapes",)),
    Arguments("raw-delete", '{"q": "a\u007f\u0080b"}', ("json_escapes",)),
    Arguments("noncharacters", '{"q": "\ufffe\uffff\U0001ffff\ufeff"}', ("json_escapes", "invisible")),
    Arguments("duplicate-key-inside", '{"o": {"a": 1, "b": 2, "a": {"c": 1, "d": 2, "c": 3}}}', ("key_order",)),
    Arguments("duplicate-key-escaped", r'{"a": 1, "b": 2, "\u0061": 3}', ("key_order", "json_escapes")),
    Arguments("exponent-of-fraction", '{"a": 0.1e1, "b": 10E-1, "c": 0e5, "d": -0e0}', ("json_numbers",)),
    Arguments(
        "exponent-border", '{"a": 1e22, "b": 9999999999999998.0, "c": 0.00012, "d": 0.000012}', ("json_numbers",)
    ),
    Arguments("float-largest", '{"a": 1.7976931348623157e308, "b": -2.5e-8}', ("json_numbers",)),
    Arguments("infinity", '{"x": Infinity}', ("json_numbers",), should=True),
    Arguments("overflow-below", '{"x": -1e400}', ("json_numbers",), should=True),
)

ILL_FORMED = (
    Arguments("empty-text", "", ("invalid_arguments",)),
    Arguments("prose", "the usual", ("invalid_arguments",)),
    Arguments("single-quotes", "{'a': 1}", ("invalid_arguments",)),
    Arguments("trailing-comma", '{"a": 1,}', ("invalid_arguments",)),
    Arguments("cut-off", '{"a": "b', ("invalid_arguments",)),
    Arguments("two-values", '{"a": 1} {"b": 2}', ("invalid_arguments",)),
    Arguments("comment", '{"a": 1} // one', ("invalid_arguments",)),
    Arguments("leading-zero", '{"a": 007}', ("invalid_arguments",)),
    Arguments("bare-newline", '{"a": "b\nc"}', ("invalid_arguments",)),
    Arguments("bare-tab", '{"a": "b\tc"}', ("invalid_arguments",)),
    Arguments("bare-null-byte", '{"a": "b\u0000c"}', ("invalid_arguments",)),
    Arguments("block-comment", '{"a": 1 /* one */}', ("invalid_arguments",)),
    Arguments("list-trailing-comma", "[1,]", ("invalid_arguments",)),
    Arguments("key-unquoted", "{a: 1}", ("invalid_arguments",)),
    Arguments("double-zero", '{"a": 00}', ("invalid_arguments", "json_numbers")),
    Arguments("minus-zero-one", '{"a": -01}', ("invalid_arguments", "json_numbers")),
    Arguments("plus-sign", '{"a": +1}', ("invalid_arguments", "json_numbers")),
    Arguments("point-first", '{"a": .5}', ("invalid_arguments", "json_numbers")),
    Arguments("point-last", '{"a": 1.}', ("invalid_arguments", "json_numbers")),
    Arguments("exponent-empty", '{"a": 1e}', ("invalid_arguments", "json_numbers")),
    Arguments("hexadecimal", '{"a": 0x1F}', ("invalid_arguments", "json_numbers")),
    Arguments("underscore", '{"a": 1_000}', ("invalid_arguments", "json_numbers")),
    Arguments("other-digits", '{"a": \u0661\u0662}', ("invalid_arguments", "json_numbers", "scripts")),
    Arguments("other-digits-behind", '{"a": 1\u0662}', ("invalid_arguments", "json_numbers", "scripts")),
    Arguments("nan-in-lower-case", '{"a": nan}', ("invalid_arguments", "json_numbers")),
    Arguments("python-literals", '{"a": None, "b": True}', ("invalid_arguments",)),
    Arguments("bad-escape", r'{"a": "\x41"}', ("invalid_arguments", "json_escapes")),
    Arguments("short-escape", r'{"a": "\u12"}', ("invalid_arguments", "json_escapes")),
    Arguments("no-break-space", '{"a":\u00a01}', ("invalid_arguments", "trimming")),
    Arguments("no-break-space-first", "\u00a0{}", ("invalid_arguments", "trimming")),
    Arguments("next-line-last", "{}\u0085", ("invalid_arguments", "trimming")),
    Arguments("form-feed", '{"a":\f1}\v', ("invalid_arguments", "trimming")),
    Arguments("separator", '{"a":\u001c1}', ("invalid_arguments", "trimming")),
    Arguments("line-separator-first", "\u2028{}", ("invalid_arguments", "trimming")),
    Arguments("ideographic-space", '{\u3000"a": 1}', ("invalid_arguments", "trimming")),
    Arguments("byte-order-mark", "\ufeff{}", ("invalid_arguments", "trimming")),
)


@dataclass(frozen=True)
class Tools:
    """A list of tools under a name."""

    name: str
    tools: tuple[dict[str, str], ...]
    flags: tuple[str, ...]


def declared(name: str, description: str, parameters: str) -> dict[str, str]:
    """A tool; `parameters` is the JSON text of its schema."""
    return {"name": name, "description": description, "parameters": parameters}


BREW = declared(
    "brew",
    "Brew a pot of tea",
    '{"type": "object", "properties": {"leaf": {"type": "string", "description": "Which leaf"},'
    ' "minutes": {"type": "integer"}}, "required": ["leaf"]}',
)
RING = declared("ring", "Ring the bell", '{"type": "object", "properties": {}}')


def _one(name: str, parameters: str, *flags: str) -> Tools:
    return Tools(name, (declared("sort", "Sort things", parameters),), flags)


def _properties(properties: str, *, required: str = "[]", extra: str = "") -> str:
    return f'{{"type": "object", "properties": {properties}, "required": {required}{extra}}}'


INNER = _properties('{"k": {"type": "boolean"}, "m": {"type": "integer"}}', required='["m"]')

TOOL_LISTS = (
    Tools("none", (), ("tool_declaration",)),
    Tools("one", (BREW,), ("tool_declaration",)),
    Tools("two", (BREW, RING), ("tool_declaration",)),
    Tools("two-of-a-name", (RING, RING), ("tool_declaration",)),
    Tools(
        "accents",
        (declared("größe", "Wie groß? Größe in „cm“", _properties('{"maß": {"type": "string"}}')),),
        ("json_escapes",),
    ),
    Tools("emoji", (declared("tea", "Make 🍵 <b>now</b> / later", _properties("{}")),), ("json_escapes", "emoji")),
    Tools("empty-description", (declared("ring", "", '{"type": "object"}'),), ("tool_declaration",)),
    Tools("lines", (declared("ring", "Ring once.\nThen wait.", _properties("{}")),), ("json_escapes",)),
    Tools("markers", (declared("end", "Ends <|im_end|> and <|end|>", _properties("{}")),), ("special_text",)),
    _one("no-parameters", "{}", "tool_declaration"),
    _one(
        "key-order",
        '{"required": ["b"], "properties": {"b": {"type": "string"}, "a": {}}, "type": "object"}',
        "key_order",
    ),
    _one("compact", '{"type":"object","properties":{"a":{"type":"string"}}}', "json_spacing"),
    _one("numbers", _properties('{"n": {"type": "number", "default": 1.0, "minimum": 1e3}}'), "json_numbers"),
    _one("string-enum", _properties('{"o": {"type": "string", "enum": ["up", "down"]}}'), "tool_declaration"),
    _one("integer-enum", _properties('{"o": {"type": "integer", "enum": [1, 2]}}'), "tool_declaration"),
    _one("array", _properties('{"l": {"type": "array", "items": {"type": "number"}}}'), "tool_declaration"),
    _one("array-untyped", _properties('{"l": {"type": "array"}}'), "tool_declaration"),
    _one(
        "array-of-union",
        _properties('{"l": {"type": "array", "items": {"type": ["string", "null"]}}}'),
        "tool_declaration",
    ),
    _one("nested-object", _properties(f'{{"o": {INNER}}}'), "tool_declaration"),
    _one("nested-empty", _properties('{"o": {"type": "object"}}'), "tool_declaration"),
    _one("one-of", _properties('{"o": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}'), "tool_declaration"),
    _one("any-of", _properties('{"o": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}'), "tool_declaration"),
    _one("type-list", _properties('{"o": {"type": ["integer", "string"]}}'), "tool_declaration"),
    _one("nullable", _properties('{"o": {"type": "string", "nullable": true}}'), "tool_declaration"),
    _one(
        "nullable-enum", _properties('{"o": {"type": "string", "enum": ["up"], "nullable": true}}'), "tool_declaration"
    ),
    _one("unknown-type", _properties('{"o": {"type": "date"}, "p": {}}'), "tool_declaration"),
    _one(
        "defaults",
        _properties(
            '{"a": {"type": "string", "default": "é"}, "b": {"type": "array", "default": []},'
            ' "c": {"type": "string", "default": null}}'
        ),
        "json_escapes",
    ),
    _one(
        "default-with-inside",
        _properties(
            '{"a": {"type": "array", "default": [1, "é"]}, "b": {"type": "object", "default": {"k": [1.0, 2]}}}'
        ),
        "json_spacing",
        "json_numbers",
    ),
    _one(
        "title-and-examples",
        _properties('{"a": {"type": "string", "title": "A", "description": "An a", "examples": ["x", 1.0, "é"]}}'),
        "tool_declaration",
    ),
    _one(
        "required-order",
        _properties('{"a": {"type": "string"}, "b": {"type": "string"}}', required='["b", "a"]'),
        "key_order",
    ),
    _one(
        "schema-description",
        _properties('{"a": {"type": "string"}}', extra=', "description": "All of it", "additionalProperties": false'),
        "key_order",
    ),
)
