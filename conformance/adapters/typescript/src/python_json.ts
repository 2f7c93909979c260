/**
 * JSON as Python's `json` module reads and writes it, because a model sees what it writes.
 *
 * `JSON.parse` and `JSON.stringify` will not do: they round integers beyond 2^53, read 1.0 as 1, move keys that look
 * like integers to the front, and write neither spaces nor \u escapes.
 */

import { Rejected } from "./errors.js";

/** int is bigint, float is number, dict is Map (a repeated key keeps its first place and its last value). */
export type Json = null | boolean | bigint | number | string | Json[] | Map<string, Json>;

export class JsonError extends Error {}

// Where Python gives up, with an error that says nothing of JSON: an integer of more digits than this, because the time
// that it takes grows with their square, and about so many brackets in each other, because its stack is full.
const MAX_DIGITS = 4300;
const MAX_DEPTH = 994;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
// What a string may hold as it is: anything but quotes, backslashes and control characters.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const FOUR_HEX = /[0-9a-fA-F]{4}/y;

const LITERALS: [string, Json][] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

const ESCAPED = new Map(
  Object.entries({ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" }),
);

/** `json.loads`. Throws JsonError, and Rejected for JSON that is too large for Python. */
export function loads(text: string): Json {
  return new Reader(text).whole();
}

class Reader {
  private position = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value();
    if (this.position < this.text.length) throw this.error("Extra data");
    return value;
  }

  /** A value and the whitespace on both sides. */
  private value(): Json {
    this.take(WHITESPACE);
    const value = this.bareValue();
    this.take(WHITESPACE);
    return value;
  }

  private bareValue(): Json {
    if (this.takes('"')) return this.string();
    if (this.takes("[")) return this.inside(() => this.array());
    if (this.takes("{")) return this.inside(() => this.object());
    for (const [name, value] of LITERALS) if (this.takes(name)) return value;
    const number = this.take(NUMBER);
    if (number === null) throw this.error("Expecting value");
    const [text, integer, fraction, exponent] = number;
    return fraction === undefined && exponent === undefined ? this.integer(integer!) : Number(text);
  }

  private integer(text: string): bigint {
    if (text.replace("-", "").length > MAX_DIGITS) {
      throw new Rejected("invalid_message", `an integer has more than ${MAX_DIGITS} digits`);
    }
    return BigInt(text);
  }

  private inside<T>(read: () => T): T {
    if (this.depth === MAX_DEPTH) throw new Rejected("invalid_message", `more than ${MAX_DEPTH} brackets are open`);
    this.depth += 1;
    const value = read();
    this.depth -= 1;
    return value;
  }

  private array(): Json[] {
    const items: Json[] = [];
    this.take(WHITESPACE);
    if (this.takes("]")) return items;
    do items.push(this.value());
    while (this.takes(","));
    this.expect("]", "Expecting ',' delimiter");
    return items;
  }

  private object(): Map<string, Json> {
    const members = new Map<string, Json>();
    this.take(WHITESPACE);
    if (this.takes("}")) return members;
    do {
      this.take(WHITESPACE);
      this.expect('"', "Expecting property name enclosed in double quotes");
      const key = this.string();
      this.take(WHITESPACE);
      this.expect(":", "Expecting ':' delimiter");
      members.set(key, this.value());
    } while (this.takes(","));
    this.expect("}", "Expecting ',' delimiter");
    return members;
  }

  /** The rest of a string, whose opening quote is taken. */
  private string(): string {
    let value = "";
    for (;;) {
      value += this.take(PLAIN)![0];
      if (this.takes('"')) return value;
      this.expect("\\", this.position < this.text.length ? "Invalid control character" : "Unterminated string");
      value += this.escape();
    }
  }

  private escape(): string {
    if (this.takes("u")) {
      const digits = this.take(FOUR_HEX);
      if (digits === null) throw this.error("Invalid \\uXXXX escape");
      return String.fromCharCode(parseInt(digits[0], 16));
    }
    const character = ESCAPED.get(this.text.charAt(this.position));
    if (character === undefined) throw this.error("Invalid \\escape");
    this.position += 1;
    return character;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match !== null) this.position = pattern.lastIndex;
    return match;
  }

  private takes(literal: string): boolean {
    if (!this.text.startsWith(literal, this.position)) return false;
    this.position += literal.length;
    return true;
  }

  private expect(literal: string, otherwise: string): void {
    if (!this.takes(literal)) throw this.error(otherwise);
  }

  private error(what: string): JsonError {
    return new JsonError(`${what}: char ${this.position}`);
  }
}

/** `json.dumps`: a space after each comma and colon, and ASCII alone. */
export function dumps(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return writeFloat(value);
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  return `{${Array.from(value, ([key, member]) => `${writeString(key)}: ${dumps(member)}`).join(", ")}}`;
}

function writeString(value: string): string {
  const code = (character: string) => character.charCodeAt(0).toString(16).padStart(4, "0");
  // JSON.stringify escapes what has to be; Python also escapes DEL and what is not ASCII, surrogate by surrogate.
  return JSON.stringify(value).replace(/[^\0-~]/g, (character) => `\\u${code(character)}`);
}

/** `repr` of a float. Both languages write the shortest digits that read back as the same double. */
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4) return `${digits}e-${String(-exponent).padStart(2, "0")}`;
  if (exponent >= 16) return `${digits}e+${exponent}`;
  // In this range JavaScript writes no exponent either.
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
