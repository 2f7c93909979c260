/**
 * The format for base models, without any marker:
 *
 *     User: What is up?
 *
 *     Assistant: Not much.
 *
 * The blank line that ends a message and the next `User:` are the stop sequence together.
 */

import { onlyText } from "../messages.js";
import type { Message } from "../messages.js";
import { capitalize } from "../python_text.js";
import { Renderer } from "./renderer.js";
import type { Parsed, Piece, Rendered } from "./renderer.js";

const STOP = "\n\nUser:";

export class RoleColonRenderer extends Renderer {
  override get hasExtensionProperty(): boolean {
    return true;
  }

  protected override bos(): Piece[] {
    return this.tokenizer.bosToken === null ? [] : [this.tokenizer.bosToken];
  }

  override render({ role, content }: Message): Rendered {
    return {
      header: [`${capitalize(role)}:`],
      output: [` ${onlyText(content)}\n\n`],
      // Odd after the last word of a user, but it is what the original writes there.
      stopOverlap: role === "assistant" ? "User:" : "<UNUSED>",
    };
  }

  /** A string and not a token: tokens differ with what precedes them. */
  override getStopSequences(): string[] {
    return [STOP];
  }

  override parseResponse(tokens: number[]): Parsed {
    const { eosId } = this.tokenizer;
    const endedWithEos = eosId !== undefined && tokens.at(-1) === eosId;
    const text = this.tokenizer.decode(endedWithEos ? tokens.slice(0, -1) : tokens);
    const [first, ...rest] = text.split(STOP);
    const content = first!.replace(/^ /, "").replace(/\n\n$/, "");
    return { message: { role: "assistant", content }, termination: termination(rest.length, endedWithEos) };
  }
}

function termination(stops: number, endedWithEos: boolean): Parsed["termination"] {
  if (stops === 0 && endedWithEos) return "eos";
  return stops === 1 && !endedWithEos ? "stop_sequence" : "malformed";
}
