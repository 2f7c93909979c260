/**
 * The formats of DeepSeek V3.1, without and with thinking:
 *
 *     <｜begin▁of▁sentence｜>Be brief.<｜User｜>What is up?<｜Assistant｜></think>Not much.<｜end▁of▁sentence｜>
 *     <｜begin▁of▁sentence｜><｜User｜>What is up?<｜Assistant｜><think>A greeting.</think>Not much.<｜end▁of▁sentence｜>
 *
 * The bars of its markers are U+FF5C, and what looks like an underscore is U+2581.
 */

import { Rejected } from "../errors.js";
import { onlyText, reasons, visibleText } from "../messages.js";
import type { Message, Part, ToolCall, ToolSpec } from "../messages.js";
import { dumps, JsonError } from "../python_json.js";
import { SPACE, strip } from "../python_text.js";
import type { Tokenizer } from "../tokenizer.js";
import { givenJson, splitIntoParts, toolCall, tryLoads, unterminatedCall, withCalls } from "./parsing.js";
import type { Call } from "./parsing.js";
import { ReasoningRenderer } from "./reasoning.js";
import type { Piece, Place, Rendered } from "./renderer.js";

const BOS = "<｜begin▁of▁sentence｜>";
const EOS = "<｜end▁of▁sentence｜>";
const USER = "<｜User｜>";
const ASSISTANT = "<｜Assistant｜>";
const TOOL_OUTPUT = "<｜tool▁output▁begin｜>";
const TOOL_OUTPUT_END = "<｜tool▁output▁end｜>";
const CALLS = "<｜tool▁calls▁begin｜>";
const CALLS_END = "<｜tool▁calls▁end｜>";
const CALL = "<｜tool▁call▁begin｜>";
const CALL_END = "<｜tool▁call▁end｜>";
const SEPARATOR = "<｜tool▁sep｜>";

const THINK_BLOCK = /<think>([^]*?)<\/think>/g;
const SECTION = new RegExp(`${CALLS}([^]*?)${CALLS_END}`);
const SECTIONS_AND_SPACE = new RegExp(`[${SPACE}]*${CALLS}[^]*?${CALLS_END}`, "g");
// A name is one word, of letters of any script: a call by another name vanishes.
const ONE_CALL = new RegExp(`${CALL}([\\p{L}\\p{N}_]+)${SEPARATOR}([^]*?)${CALL_END}`, "gu");

export interface DeepSeekOptions {
  /** Show system messages that do not come first as a user's, instead of refusing them. */
  system_role_as_user?: boolean;
  /** Drop thinking parts from earlier assistant messages without tool calls. */
  strip_thinking_from_history?: boolean;
}

/** What both formats share. A turn that follows a tool's result has no header: it goes on with the turn before. */
abstract class DeepSeekV3Renderer extends ReasoningRenderer {
  protected override readonly end = EOS;
  protected readonly stripsHistory: boolean;
  private readonly systemAsUser: boolean;

  constructor(tokenizer: Tokenizer, options: DeepSeekOptions = {}) {
    super(tokenizer);
    this.stripsHistory = options.strip_thinking_from_history ?? true;
    this.systemAsUser = options.system_role_as_user ?? false;
  }

  protected override bos(): Piece[] {
    return [BOS];
  }

  /** The end of a turn is written only if the message has content: not after lone tool calls. */
  override render(message: Message, place: Place): Rendered {
    const { role, content } = message;
    const calls = message.tool_calls?.length ? writeCalls(message.tool_calls) : "";
    switch (role) {
      case "system":
        if (place.index > 0 && !this.systemAsUser) {
          throw new Rejected("renderer_error", "only the first message may be a system message");
        }
        return { header: place.index > 0 ? [USER] : [], output: [onlyText(content) + calls] };
      case "user":
        return { header: [USER], output: [onlyText(content) + calls] };
      case "assistant":
        return {
          header: followsTool(place) ? [] : [ASSISTANT],
          output: [this.write(message, place) + calls, ...(content.length > 0 ? [EOS] : [])],
        };
      case "tool":
        return { header: [TOOL_OUTPUT], output: [onlyText(content) + TOOL_OUTPUT_END + calls] };
      default:
        throw new Rejected("renderer_error", `there is no role ${role}: use system, user, assistant or tool`);
    }
  }

  private write({ content, tool_calls: calls }: Message, { isLast }: Place): string {
    if (typeof content === "string") return content;
    if (this.stripsHistory && !isLast && !calls?.length) return visibleText(content);
    const tagged = (part: Part) => (part.type === "thinking" ? `<think>${part.thinking}</think>` : visibleText([part]));
    return content.map(tagged).join("");
  }

  /** The first section of calls is read. If it holds any, or half of one, all sections leave the text. */
  protected override parseText(text: string): Message {
    const calls = parseCalls(text);
    const rest = calls.length > 0 ? strip(text.replace(SECTIONS_AND_SPACE, "")) : text;
    const content = rest.includes("<think>") ? splitIntoParts(rest, THINK_BLOCK) : rest;
    return withCalls({ role: "assistant", content }, calls);
  }

  /** One system message: the prompt, and the tools after a blank line even if the prompt is empty. */
  override createConversationPrefixWithTools(tools: ToolSpec[], systemPrompt = ""): Message[] {
    return [{ role: "system", content: systemPrompt + (tools.length > 0 ? declare(tools) : "") }];
  }
}

/** Thinking off: every header of an assistant closes the think block, and reasoning is dropped without a word. */
export class DeepSeekV3DisableThinkingRenderer extends DeepSeekV3Renderer {
  override get hasExtensionProperty(): boolean {
    return true;
  }

  override render(message: Message, place: Place): Rendered {
    if (message.role !== "assistant" || followsTool(place)) return super.render(message, place);
    const { content } = message;
    const visible = typeof content === "string" ? content.replace(THINK_BLOCK, "") : visibleText(content);
    const rendered = super.render({ ...message, content: visible }, place);
    return { ...rendered, header: [...rendered.header, "</think>"] };
  }
}

/** Thinking on: the prompt opens the think block, except after a tool's result. */
export class DeepSeekV3ThinkingRenderer extends DeepSeekV3Renderer {
  override get hasExtensionProperty(): boolean {
    return !this.stripsHistory;
  }

  /** Earlier turns have a closed block in their header; the last one has an empty one if it did not reason. */
  override render(message: Message, place: Place): Rendered {
    const rendered = super.render(message, place);
    const { role, content } = message;
    if (role !== "assistant" || followsTool(place)) return rendered;
    if (!place.isLast) {
      return this.stripsHistory ? { ...rendered, header: [...rendered.header, "</think>"] } : rendered;
    }
    if (content.length === 0 || reasons(content)) return rendered;
    return { ...rendered, output: ["<think></think>", ...rendered.output] };
  }

  protected override prefill(messages: readonly Message[], prefill: string): string {
    return messages.at(-1)?.role === "tool" ? prefill : `<think>${prefill}`;
  }

  /** The prompt has opened the block that a response closes, so it is parsed as if it had opened it itself. */
  protected override restore(tokens: number[]): number[] {
    const [open, close] = [this.tokenizer.idOf("<think>"), this.tokenizer.idOf("</think>")];
    // The tokenizer of V3, the older model, does not have the tags as tokens: nothing is restored there.
    if (open === undefined || close === undefined) return tokens;
    return tokens.includes(close) && tokens[0] !== open ? [open, ...tokens] : tokens;
  }
}

function followsTool({ previous }: Place): boolean {
  return previous?.role === "tool";
}

/** Arguments stay as they are written, be they JSON or not. */
function writeCalls(calls: readonly ToolCall[]): string {
  const each = calls.map((call) => `${CALL}${call.function.name}${SEPARATOR}${call.function.arguments}${CALL_END}`);
  return CALLS + each.join("") + CALLS_END;
}

function parseCalls(text: string): Call[] {
  const section = SECTION.exec(text)?.[1] ?? "";
  const closed = [...section.matchAll(ONE_CALL)].map(([raw, name, json]): Call => {
    const callArguments = strip(json!);
    const value = tryLoads(callArguments);
    if (value instanceof JsonError) return { raw_text: raw, error: `Invalid JSON: ${value.message}` };
    return toolCall(name!, callArguments);
  });
  const unclosedSection = unterminatedCall(text, CALLS, CALLS_END);
  return [...closed, ...(unclosedSection.length > 0 ? unclosedSection : unterminatedCall(text, CALL, CALL_END))];
}

function declare(tools: readonly ToolSpec[]): string {
  const described = tools.map(
    ({ name, description, parameters }) =>
      `### ${name}\nDescription: ${description}\n\nParameters: ${dumps(givenJson(parameters, `the parameters of ${name}`))}`,
  );
  return `

## Tools
You have access to the following tools:

${described.join("\n")}

IMPORTANT: ALWAYS adhere to this exact format for tool use:
${CALLS}${CALL}tool_call_name${SEPARATOR}tool_call_arguments${CALL_END}${CALLS_END}

Where:
- \`tool_call_name\` must be an exact match to one of the available tools
- \`tool_call_arguments\` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces`;
}
