/**
 * The formats of Qwen3's text models:
 *
 *     <|im_start|>user
 *     What is up?<|im_end|>
 *     <|im_start|>assistant
 *     <think>
 *     A greeting.
 *     </think>
 *
 *     Not much.<|im_end|>
 *
 * The line break between messages belongs to the next header.
 */

import { Rejected } from "../errors.js";
import { reasons } from "../messages.js";
import type { Content, Message, Part, ToolCall, ToolSpec } from "../messages.js";
import { dumps } from "../python_json.js";
import type { Json } from "../python_json.js";
import { withoutLeadingNewlines, withoutOuterNewlines } from "../python_text.js";
import type { Tokenizer } from "../tokenizer.js";
import { givenJson, parseJsonCall, splitIntoParts, unterminatedCall, withCalls } from "./parsing.js";
import { ReasoningRenderer } from "./reasoning.js";
import type { Piece, Place, Rendered } from "./renderer.js";

const END = "<|im_end|>";
const BLOCK = /<think>([^]*?)<\/think>|<tool_call>([^]*?)<\/tool_call>/g;

export interface Qwen3Options {
  /** Drop thinking parts from earlier assistant messages, as the chat template does. */
  strip_thinking_from_history?: boolean;
}

/** Thinking on: the turn being produced has its think block framed, and an empty one if it did not reason. */
export class Qwen3Renderer extends ReasoningRenderer {
  protected override readonly end = END;
  protected readonly framesThinking: boolean = true;
  private readonly stripsHistory: boolean;

  constructor(tokenizer: Tokenizer, options: Qwen3Options = {}) {
    super(tokenizer);
    this.stripsHistory = options.strip_thinking_from_history ?? true;
  }

  override get hasExtensionProperty(): boolean {
    return !this.stripsHistory;
  }

  /** Content is guarded, so it cannot forge the end of a message; roles are not. */
  override render(message: Message, place: Place): Rendered {
    const { role, content, tool_calls: calls } = message;
    const isAssistant = role === "assistant";
    const asSampled = place.isLast || !this.stripsHistory;
    // Without any user message the chat template sees no produced turn, and frames none.
    const framed = this.framesThinking && isAssistant && place.hasUser && asSampled;
    const written = framed ? writeFramed(content) : write(content, !isAssistant || asSampled);
    let body = framed && !reasons(content) ? frame("") + withoutLeadingNewlines(written) : written;
    if (role === "tool") body = `<tool_response>\n${body}\n</tool_response>`;
    if (calls !== undefined) body += (written === "" ? "" : "\n") + calls.map(writeCall).join("\n");
    return { header: [header(role === "tool" ? "user" : role, place)], output: [{ guarded: body }, END] };
  }

  protected override parseText(text: string): Message {
    if (!/<think>|<tool_call>/.test(text)) return { role: "assistant", content: text };
    const parts = splitIntoParts(text, BLOCK);
    const calls = [...text.matchAll(BLOCK)].flatMap(([raw, , json]) =>
      json === undefined ? [] : [parseJsonCall(raw, json)],
    );
    const dangling = unterminatedCall(text, "<tool_call>", "</tool_call>");
    const content = this.framesThinking ? unframe(parts) : parts;
    return withCalls({ role: "assistant", content }, [...calls, ...dangling]);
  }

  /** One system message: the prompt, then the tools as JSON, one a line. */
  override createConversationPrefixWithTools(tools: ToolSpec[], systemPrompt = ""): Message[] {
    const declaration = tools.length > 0 ? declare(tools.map(toolLine)) : "";
    return [{ role: "system", content: systemPrompt + (systemPrompt === "" ? "" : "\n\n") + declaration }];
  }
}

/** Thinking off: the prompt ends with an empty think block. */
export class Qwen3DisableThinkingRenderer extends Qwen3Renderer {
  protected override readonly disablesThinking = true;

  override render(message: Message, place: Place): Rendered {
    if (message.role === "assistant" && place.isLast && !place.hasUser && message.content.length > 0) {
      throw new Rejected("renderer_error", "without a user message the last turn has no think block to disable");
    }
    return super.render(message, place);
  }

  protected override opening(role: string, place: Place): Piece[] {
    return [header(role, place) + frame("")];
  }
}

/** The instruct models of July 2025, which know no think block: one is written only where a message has it. */
export class Qwen3InstructRenderer extends Qwen3Renderer {
  protected override readonly framesThinking = false;

  override get hasExtensionProperty(): boolean {
    return true;
  }
}

function header(role: string, { index }: Place): string {
  return `${index > 0 ? "\n" : ""}<|im_start|>${role}\n`;
}

function frame(reasoning: string): string {
  return `<think>\n${withoutOuterNewlines(reasoning)}\n</think>\n\n`;
}

function write(content: Content, withThinking: boolean): string {
  if (typeof content === "string") return content;
  const texts = content.map((part) => {
    if (part.type === "thinking" && withThinking) return `<think>${part.thinking}</think>`;
    return part.type === "text" ? part.text : "";
  });
  return texts.join("");
}

function writeFramed(content: Content): string {
  if (typeof content === "string") {
    const close = content.indexOf("</think>");
    if (close < 0) return content;
    const reasoning = content.slice(0, close).split("<think>").at(-1)!;
    return frame(reasoning) + withoutLeadingNewlines(content.slice(close + "</think>".length));
  }
  const texts = textsAfterBlocks(content).map((part) => {
    if (part.type === "thinking") return frame(part.thinking);
    return part.type === "text" ? part.text : "";
  });
  return texts.join("");
}

/** The inverse of a frame. A block of line breaks only is no part. */
function unframe(parts: readonly Part[]): Part[] {
  return textsAfterBlocks(parts).flatMap((part): Part[] => {
    if (part.type !== "thinking") return [part];
    const thinking = withoutOuterNewlines(part.thinking);
    return thinking === "" ? [] : [{ type: "thinking", thinking }];
  });
}

/** A text right after a block loses its leading line breaks, since the frame of the block brings two. */
function textsAfterBlocks(parts: readonly Part[]): Part[] {
  // Images are written nowhere, so they do not stand between a block and a text.
  return parts
    .filter(({ type }) => type !== "image")
    .map((part, index, shown) =>
      part.type === "text" && shown[index - 1]?.type === "thinking"
        ? { type: "text", text: withoutLeadingNewlines(part.text) }
        : part,
    );
}

/** Arguments are read and written again, so that their spacing and escapes become Python's. */
function writeCall({ function: { name, arguments: json } }: ToolCall): string {
  const callArguments = givenJson(json, `the arguments of a call to ${name}`);
  return `<tool_call>\n${dumps(object({ name, arguments: callArguments }))}\n</tool_call>`;
}

function toolLine({ name, description, parameters }: ToolSpec): string {
  const schema = givenJson(parameters, `the parameters of ${name}`);
  return dumps(object({ type: "function", function: object({ name, description, parameters: schema }) }));
}

function object(members: Record<string, Json>): Json {
  return new Map(Object.entries(members));
}

function declare(lines: readonly string[]): string {
  return `# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
${lines.join("\n")}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>`;
}
