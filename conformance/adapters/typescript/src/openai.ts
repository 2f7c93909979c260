/** A message in the form of OpenAI's chat API, which chat templates take as well. */

import { Rejected } from "./errors.js";
import { checkMessages, thoughts, visibleText } from "./messages.js";
import type { Message, Part } from "./messages.js";

export interface OpenAIMessage {
  role: string;
  content: string;
  reasoning_content?: string;
  tool_calls?: { type: "function"; id: string | null; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
  name?: string;
}

/** Reasoning goes into a field of its own, for models whose API has one, or else inline into think tags. */
export function toOpenAIMessage(message: Message, reasoningField: boolean): OpenAIMessage {
  checkMessages([message]);
  const { role, content, tool_calls: calls, tool_call_id: callId, name } = message;
  return {
    role,
    ...(typeof content === "string" ? { content } : reasoningField ? apart(content) : { content: inline(content) }),
    ...(calls?.length && { tool_calls: calls.map((call) => ({ ...call, id: call.id ?? null })) }),
    ...(role === "tool" && callId !== undefined && { tool_call_id: callId }),
    ...(role === "tool" && name !== undefined && { name }),
  };
}

function apart(parts: readonly Part[]): { content: string; reasoning_content?: string } {
  const reasons = parts.some(({ type }) => type === "thinking");
  return { content: visibleText(parts), ...(reasons && { reasoning_content: thoughts(parts) }) };
}

function inline(parts: readonly Part[]): string {
  const texts = parts.map((part) => {
    if (part.type === "image") throw new Rejected("not_implemented", "an image has no place in a message of text");
    return part.type === "thinking" ? `<think>${part.thinking}</think>` : visibleText([part]);
  });
  return texts.join("");
}
