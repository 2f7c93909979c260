/**
 * What a conversation is made of, and how its content is read.
 *
 * Presence of a key carries meaning: `trainable: null` is not the same as no `trainable`, and empty `tool_calls` are
 * not the same as none.
 */

import { Rejected } from "./errors.js";

export type Part =
  { type: "text"; text: string } | { type: "thinking"; thinking: string } | { type: "image"; image: string };

export type Content = string | Part[];

/** `arguments` is JSON text: its spacing and order of keys can reach the tokens. */
export interface ToolCall {
  type: "function";
  function: { name: string; arguments: string };
  id?: string;
}

export interface UnparsedToolCall {
  raw_text: string;
  error: string;
}

export interface Message {
  role: string;
  content: Content;
  tool_calls?: ToolCall[];
  unparsed_tool_calls?: UnparsedToolCall[];
  trainable?: boolean | null;
  tool_call_id?: string;
  name?: string;
}

/** A tool on offer; `parameters` is the JSON text of a schema. */
export interface ToolSpec {
  name: string;
  description: string;
  parameters: string;
}

/**
 * Checks what the types promise but a caller of another language may not keep. Without it, a missing content would be
 * rendered as the word "undefined".
 */
export function checkMessages(messages: readonly Message[]): void {
  for (const message of messages) {
    if (!isObject(message)) throw new Rejected("invalid_message", "a message is an object with role and content");
    const { role, content } = message;
    if (typeof role !== "string") throw new Rejected("invalid_message", "a message needs a role, such as 'user'");
    checkContent(content);
    for (const calls of [message.tool_calls ?? [], message.unparsed_tool_calls ?? []]) {
      if (!Array.isArray(calls)) throw new Rejected("invalid_message", "tool calls are a list");
    }
    for (const call of message.tool_calls ?? []) checkCall(call);
    for (const call of message.unparsed_tool_calls ?? []) {
      const whole = isObject(call) && typeof call.raw_text === "string" && typeof call.error === "string";
      if (!whole) throw new Rejected("invalid_message", "an unparsed tool call is {raw_text, error}, both text");
    }
  }
}

/** Checks that a content is text or a list of whole parts. A part of an unknown type is left to the formats. */
export function checkContent(content: Content): void {
  if (typeof content === "string") return;
  if (!Array.isArray(content)) {
    throw new Rejected("invalid_message", "content is text or a list of parts: '' stands for no text");
  }
  for (const part of content as unknown[]) {
    const type = isObject(part) ? part["type"] : undefined;
    if (!isObject(part) || typeof type !== "string") throw new Rejected("invalid_message", "a part is {type, ...}");
    const whole = !["text", "thinking", "image"].includes(type) || typeof part[type] === "string";
    if (!whole) throw new Rejected("invalid_message", `a part of type ${type} holds text under ${type}`);
  }
}

function checkCall(call: ToolCall): void {
  const about: unknown = isObject(call) ? call.function : undefined;
  const whole =
    isObject(call) &&
    (call.type as unknown) === "function" &&
    isObject(about) &&
    typeof about["name"] === "string" &&
    typeof about["arguments"] === "string" &&
    (call.id === undefined || typeof call.id === "string");
  if (!whole) {
    throw new Rejected("invalid_message", "a tool call is {type: 'function', function: {name, arguments}}, both text");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a content that is nothing but one text, for formats that write no more. */
export function onlyText(content: Content): string {
  if (typeof content === "string") return content;
  const [part, ...others] = content;
  if (part?.type === "text" && others.length === 0) return part.text;
  const found = content.map(({ type }) => type).join(", ") || "none";
  throw new Rejected("renderer_error", `this format writes one text a message, but the parts are: ${found}`);
}

/** All text parts, joined. */
export function visibleText(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** All thinking parts, joined. */
export function thoughts(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "thinking" ? part.thinking : "")).join("");
}

/** What a reader sees: reasoning in parts is left out, tags in a string are not. */
export function textContent({ content }: Message): string {
  checkContent(content);
  return typeof content === "string" ? content : visibleText(content);
}

/** All parts as one text, for a log. */
export function contentAsString(content: Content, separator = "\n"): string {
  checkContent(content);
  if (typeof content === "string") return content;
  const texts = content.map((part) => {
    switch (part.type) {
      case "text":
        return part.text;
      case "thinking":
        return `<think>${part.thinking}</think>`;
      case "image":
        return `<image>${part.image}</image>`;
      default:
        throw new Rejected("renderer_error", `unknown part: ${JSON.stringify(part)}`);
    }
  });
  return texts.join(separator);
}

/** Whether there is a thinking part, or text that opens a think block (closed or not). */
export function reasons(content: Content): boolean {
  return typeof content === "string" ? content.includes("<think>") : content.some(({ type }) => type === "thinking");
}

export function lastUserIndex(messages: readonly Message[]): number {
  return messages.findLastIndex(({ role }) => role === "user");
}
