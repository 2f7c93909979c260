/**
 * What all formats share: the walk over a conversation, and which of its tokens are trained.
 *
 * A format says what it writes for a message, in pieces of text. Every piece is encoded by itself, so no token reaches
 * over a seam between two pieces: where a format puts its seams is part of its behaviour.
 */

import { Rejected } from "../errors.js";
import { checkMessages, lastUserIndex } from "../messages.js";
import type { Message, ToolSpec } from "../messages.js";
import { toOpenAIMessage } from "../openai.js";
import type { OpenAIMessage } from "../openai.js";
import type { Tokenizer } from "../tokenizer.js";
import type { StreamEvent } from "./streaming.js";
import { checkMode, firstTrained, isTrained } from "./training.js";
import type { TrainOnWhat } from "./training.js";

/** A string, or text of a message that must not forge special tokens. */
export type Piece = string | { guarded: string };

/** `stopOverlap` completes a stop sequence that reaches into the next header: after the last message of an example. */
export interface Rendered {
  header: Piece[];
  output: Piece[];
  stopOverlap?: string;
}

/** Where a message stands in its conversation. */
export interface Place {
  index: number;
  isLast: boolean;
  previous: Message | undefined;
  hasUser: boolean;
}

/** A weight belongs to the token at its place. */
export interface Example {
  tokens: number[];
  weights: number[];
}

export interface Parsed {
  message: Message;
  termination: "stop_sequence" | "eos" | "malformed";
}

/** A chat format, bound to a tokenizer. It keeps no state, and never changes a message. */
export abstract class Renderer {
  /** Whether the prompt closes the think block, so that a turn which reasons cannot follow it. */
  protected readonly disablesThinking: boolean = false;

  constructor(protected readonly tokenizer: Tokenizer) {}

  abstract render(message: Message, place: Place): Rendered;
  abstract getStopSequences(): number[] | string[];
  abstract parseResponse(tokens: number[]): Parsed;

  /** Whether a longer conversation begins with the tokens of the shorter one, so that one example trains all turns. */
  abstract get hasExtensionProperty(): boolean;

  createConversationPrefixWithTools(_tools: ToolSpec[], _systemPrompt = ""): Message[] {
    throw new Rejected("not_implemented", "this format has no way to declare tools");
  }

  /** The same message as `parseResponse` gives, preceded by its pieces in the order in which their tokens come. */
  parseResponseStreaming(_tokens: number[]): Iterable<StreamEvent> {
    throw new Rejected("not_implemented", "this format is not parsed token by token");
  }

  toOpenAIMessage(message: Message): OpenAIMessage {
    return toOpenAIMessage(message, false);
  }

  /** What stands before the first message. Never trained. */
  protected bos(): Piece[] {
    return [];
  }

  /** What opens the turn to be sampled: the header of an empty message, unless a format says otherwise. */
  protected opening(role: string, place: Place): Piece[] {
    return this.render({ role, content: "" }, place).header;
  }

  /** How the turn to be sampled begins, given what the caller wants there. */
  protected prefill(_messages: readonly Message[], prefill: string): string {
    return prefill;
  }

  buildGenerationPrompt(messages: readonly Message[], role = "assistant", prefill = ""): number[] {
    checkMessages(messages);
    const hasUser = lastUserIndex(messages) >= 0;
    const next = { index: messages.length, isLast: true, previous: messages.at(-1), hasUser };
    return this.encode([
      ...this.bos(),
      ...this.describe(messages).flatMap(({ header, output }) => [...header, ...output]),
      ...this.opening(role, next),
      this.prefill(messages, prefill),
    ]);
  }

  buildSupervisedExample(messages: readonly Message[], mode: TrainOnWhat = "last_assistant_message"): Example {
    checkMessages(messages);
    checkMode(messages, mode);
    const example: Example = { tokens: [], weights: [] };
    const write = (pieces: Piece[], trained: boolean) => {
      for (const token of this.encode(pieces)) {
        example.tokens.push(token);
        example.weights.push(Number(trained));
      }
    };
    write(this.bos(), false);
    this.describe(messages).forEach(({ header, output, stopOverlap }, index) => {
      const trained = isTrained(messages, index, mode);
      write(header, mode === "all_tokens");
      write(output, trained);
      if (stopOverlap !== undefined && index === messages.length - 1) write([stopOverlap], trained);
    });
    this.untrainThePrompt(example, messages, mode);
    return example;
  }

  /** As many examples as it takes to show each trained turn the context that it is sampled in. */
  buildSupervisedExamples(messages: readonly Message[], mode: TrainOnWhat = "last_assistant_turn"): Example[] {
    if (this.hasExtensionProperty) return [this.buildSupervisedExample(messages, mode)];
    checkMessages(messages);
    const first = {
      last_assistant_message: messages.length - 1,
      last_assistant_turn: lastUserIndex(messages) + 1,
      all_assistant_messages: 0,
    }[mode as string];
    if (first === undefined) {
      throw new Rejected("not_implemented", `a conversation cannot be split for ${mode}, which trains unsampled turns`);
    }
    if (first < 0) throw new Rejected("invalid_message", "an empty conversation has no last message");
    return messages.flatMap(({ role }, index) =>
      index >= first && role === "assistant" ? [this.buildSupervisedExample(messages.slice(0, index + 1))] : [],
    );
  }

  /** What the generation prompt supplies is not trained, in the modes that train what sampling produces. */
  private untrainThePrompt({ tokens, weights }: Example, messages: readonly Message[], mode: TrainOnWhat): void {
    const first = firstTrained(messages, mode);
    if (first === undefined) return;
    const prompt = this.buildGenerationPrompt(messages.slice(0, first));
    if (prompt.every((token, index) => token === tokens[index])) {
      weights.fill(0, 0, prompt.length);
    } else if (this.disablesThinking) {
      throw new Rejected("renderer_error", `message ${first} reasons, but the prompt closes the think block`);
    }
  }

  private describe(messages: readonly Message[]): Rendered[] {
    const hasUser = lastUserIndex(messages) >= 0;
    return messages.map((message, index) =>
      this.render(message, { index, isLast: index === messages.length - 1, previous: messages[index - 1], hasUser }),
    );
  }

  private encode(pieces: Piece[]): number[] {
    return pieces.flatMap((piece) =>
      typeof piece === "string" ? this.tokenizer.encode(piece) : this.tokenizer.encode(piece.guarded, true),
    );
  }

  /** The id of a marker. Without it the format does not fit the tokenizer, so this fails early. */
  protected marker(content: string): number {
    const id = this.tokenizer.idOf(content);
    if (id === undefined) throw new Rejected("config", `this tokenizer has no token ${content}`);
    return id;
  }
}
