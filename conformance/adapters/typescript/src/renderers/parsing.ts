/** Sampled tokens back into a message: what the formats share. */

import { Rejected } from "../errors.js";
import type { Message, Part, ToolCall, UnparsedToolCall } from "../messages.js";
import { dumps, JsonError, loads } from "../python_json.js";
import type { Json } from "../python_json.js";
import { strip } from "../python_text.js";
import type { Tokenizer } from "../tokenizer.js";
import type { Parsed } from "./renderer.js";

/** An unfinished call can be as long as the response, and so can an error: this much of them is kept. */
const MAX_CHARACTERS = 16384;

export type Call = ToolCall | UnparsedToolCall;

/** The text before the stop token, or all of it where there is none. Two stops are more than sampling can give. */
export function decodeToStop(
  tokenizer: Tokenizer,
  tokens: number[],
  stop: number,
): { text: string; termination: Parsed["termination"] } {
  const end = tokens.indexOf(stop);
  if (end < 0) return { text: tokenizer.decode(tokens), termination: "malformed" };
  if (tokens.includes(stop, end + 1)) throw new Rejected("renderer_error", `stop token ${stop} occurs more than once`);
  return { text: tokenizer.decode(tokens.slice(0, end)), termination: "stop_sequence" };
}

/**
 * The parts of a text, whitespace and all: what `block` does not match is text. Its first group is reasoning, and
 * whatever else it matches is left out.
 */
export function splitIntoParts(text: string, block: RegExp): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const addText = (upTo: number) => {
    if (upTo > end) parts.push({ type: "text", text: text.slice(end, upTo) });
  };
  for (const match of text.matchAll(block)) {
    addText(match.index);
    if (match[1]) parts.push({ type: "thinking", thinking: match[1] });
    end = match.index + match[0].length;
  }
  addText(text.length);
  return parts;
}

/** A call as the JSON object `{"name", "arguments", "id"?}`, whose arguments are written anew. */
export function parseJsonCall(raw: string, json: string): Call {
  const unparsed = (error: string) => ({ raw_text: raw, error });
  const call = tryLoads(strip(json));
  if (call instanceof JsonError) return unparsed(`Invalid JSON: ${call.message}`);
  if (!(call instanceof Map)) return unparsed("Tool call is not a JSON object");
  const [name, callArguments, id] = [call.get("name"), call.get("arguments"), call.get("id")];
  if (typeof name !== "string") return unparsed("Missing or invalid 'name' field");
  if (!(callArguments instanceof Map)) return unparsed("Missing or invalid 'arguments' field");
  return toolCall(name, dumps(callArguments), typeof id === "string" ? id : undefined);
}

export function toolCall(name: string, callArguments: string, id?: string): ToolCall {
  const call = { type: "function" as const, function: { name, arguments: callArguments } };
  return id === undefined ? call : { ...call, id };
}

export function tryLoads(json: string): Json | JsonError {
  try {
    return loads(json);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

/** JSON that the caller wrote, and not a model: it has to be right. */
export function givenJson(json: string, what: string): Json {
  const value = tryLoads(json);
  if (value instanceof JsonError) throw new Rejected("invalid_message", `${what} are no JSON: ${value.message}`);
  return value;
}

/** The last block of calls, if more are opened than closed. */
export function unterminatedCall(text: string, opening: string, closing: string): UnparsedToolCall[] {
  const count = (tag: string) => text.split(tag).length;
  if (count(opening) <= count(closing)) return [];
  const raw = shortened(text.slice(text.lastIndexOf(opening)));
  return [{ raw_text: raw, error: `unterminated tool block: '${opening}' has no matching '${closing}'` }];
}

/** A message with its calls sorted into two keys. A key without calls is left out. */
export function withCalls(message: Message, calls: readonly Call[]): Message {
  const parsed = calls.filter((call) => "function" in call);
  const unparsed = calls.filter((call) => "raw_text" in call);
  return {
    ...message,
    ...(parsed.length > 0 && { tool_calls: parsed }),
    ...(unparsed.length > 0 && { unparsed_tool_calls: unparsed }),
  };
}

export type ParseFailure = { kind: null } | { kind: "structural" } | { kind: "content"; detail: string };

/** What is wrong with a response: its frame, which outranks the rest, or a call in it that could not be read. */
export function classifyParseFailure(message: Message, termination: Parsed["termination"]): ParseFailure {
  if (termination === "malformed") return { kind: "structural" };
  const errors = message.unparsed_tool_calls?.map(({ error }) => error) ?? [];
  return errors.length > 0 ? { kind: "content", detail: shortened(errors.join("\n")) } : { kind: null };
}

/** Cut by code points, as Python counts, and not by UTF-16 units. */
function shortened(text: string): string {
  return Array.from(text).slice(0, MAX_CHARACTERS).join("");
}
