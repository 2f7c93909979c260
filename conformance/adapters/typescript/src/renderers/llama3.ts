/**
 * Llama 3's format:
 *
 *     <|begin_of_text|><|start_header_id|>user<|end_header_id|>
 *
 *     What is up?<|eot_id|><|start_header_id|>assistant<|end_header_id|>
 *
 * Unlike Meta's chat template it adds no dates and trims nothing. Tool calls are not written.
 */

import { onlyText } from "../messages.js";
import type { Message } from "../messages.js";
import { decodeToStop } from "./parsing.js";
import { Renderer } from "./renderer.js";
import type { Parsed, Piece, Rendered } from "./renderer.js";

const END = "<|eot_id|>";

export class Llama3Renderer extends Renderer {
  override get hasExtensionProperty(): boolean {
    return true;
  }

  protected override bos(): Piece[] {
    return ["<|begin_of_text|>"];
  }

  /** The end is encoded together with the text, and the text is not kept from forging markers. */
  override render({ role, content }: Message): Rendered {
    return {
      header: [`<|start_header_id|>${role}<|end_header_id|>\n\n`],
      output: [onlyText(content) + END],
    };
  }

  override getStopSequences(): number[] {
    return [this.marker(END)];
  }

  override parseResponse(tokens: number[]): Parsed {
    const { text, termination } = decodeToStop(this.tokenizer, tokens, this.marker(END));
    return { message: { role: "assistant", content: text }, termination };
  }
}
