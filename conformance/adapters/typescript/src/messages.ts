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
  for (const { role, content } of messages) {
    if (typeof role !== "string") throw new Rejected("invalid_message", "a message needs a role, such as 'user'");
    if (typeof content !== "string" && !Array.isArray(content)) {
      throw new Rejected("invalid_message", "content is text or a list of parts: '' stands for no text");
    }
  }
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
  return typeof content === "string" ? content : visibleText(content);
}

/** All parts as one text, for a log. */
export function contentAsString(content: Content, separator = "\n"): string {
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
