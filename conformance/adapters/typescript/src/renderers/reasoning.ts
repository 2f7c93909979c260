/** What formats share whose turns end with one token, and whose reasoning stands in think tags. */

import type { Message } from "../messages.js";
import { toOpenAIMessage } from "../openai.js";
import type { OpenAIMessage } from "../openai.js";
import { decodeToStop } from "./parsing.js";
import { Renderer } from "./renderer.js";
import type { Parsed } from "./renderer.js";
import { deltas } from "./streaming.js";
import type { StreamEvent } from "./streaming.js";

export abstract class ReasoningRenderer extends Renderer {
  /** The text of the token that ends a turn. */
  protected abstract readonly end: string;

  /** The message that the text of a turn spells. Text without any block stays a string. */
  protected abstract parseText(text: string): Message;

  /** The response, after those tokens of the format's own prompt that are needed to parse it. */
  protected restore(tokens: number[]): number[] {
    return tokens;
  }

  override getStopSequences(): number[] {
    return [this.marker(this.end)];
  }

  /** Blocks are looked for in a whole turn only: one that was cut off stays text. */
  override parseResponse(tokens: number[]): Parsed {
    const { text, termination } = decodeToStop(this.tokenizer, this.restore(tokens), this.marker(this.end));
    const message: Message = termination === "malformed" ? { role: "assistant", content: text } : this.parseText(text);
    return { message, termination };
  }

  /** What follows the first end is ignored, and here the blocks of a turn that was cut off are parsed, too. */
  override *parseResponseStreaming(tokens: number[]): Generator<StreamEvent> {
    const restored = this.restore(tokens);
    const end = restored.indexOf(this.marker(this.end));
    const turn = end < 0 ? restored : restored.slice(0, end);
    yield { type: "header", role: "assistant" };
    yield* deltas(this.tokenizer, turn);
    yield { type: "message", message: this.parseText(this.tokenizer.decode(turn)) };
  }

  override toOpenAIMessage(message: Message): OpenAIMessage {
    return toOpenAIMessage(message, true);
  }
}
