/**
 * A response as it arrives: tokens in, small pieces of text and reasoning out.
 *
 * Pieces show the response as it is written, line breaks and markup included. Only the message at the end is
 * normalised.
 */

import type { Message } from "../messages.js";
import type { Tokenizer } from "../tokenizer.js";

/** `content_index` grows by one whenever a think block opens or closes. */
export type Delta =
  { type: "text"; text: string; content_index: number } | { type: "thinking"; thinking: string; content_index: number };

export type StreamEvent = { type: "header"; role: string } | Delta | { type: "message"; message: Message };

/** The tokens of one turn, without its end, as deltas. */
export function* deltas(tokenizer: Tokenizer, tokens: Iterable<number>): Generator<Delta> {
  const decoder = new StreamDecoder(tokenizer);
  let thinking = false;
  let index = 0;
  let held = "";

  function* delta(text: string): Generator<Delta> {
    if (text === "") return;
    if (thinking) yield { type: "thinking", thinking: text, content_index: index };
    else yield { type: "text", text, content_index: index };
  }

  for (const token of tokens) {
    let text = held + decoder.push(token);
    const tag = () => (thinking ? "</think>" : "<think>");
    for (let at = text.indexOf(tag()); at >= 0; at = text.indexOf(tag())) {
      yield* delta(text.slice(0, at));
      text = text.slice(at + tag().length);
      thinking = !thinking;
      index += 1;
    }
    const shown = text.length - lengthOfPartial(tag(), text);
    yield* delta(text.slice(0, shown));
    held = text.slice(shown);
  }
  yield* delta(held + decoder.flush());
}

/** Length of the longest end of the text with which the tag could begin. */
function lengthOfPartial(tag: string, text: string): number {
  for (let length = tag.length - 1; length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}

/** Decodes token by token, and holds back tokens that end inside a character. */
class StreamDecoder {
  private pending: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  push(token: number): string {
    this.pending.push(token);
    return this.tokenizer.decode(this.pending).endsWith("\ufffd") ? "" : this.flush();
  }

  flush(): string {
    const text = this.tokenizer.decode(this.pending);
    this.pending = [];
    return text;
  }
}
