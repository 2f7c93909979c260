/** Which messages of a conversation are trained. */

import { Rejected } from "../errors.js";
import { lastUserIndex } from "../messages.js";
import type { Message } from "../messages.js";

type Rule = (messages: readonly Message[], index: number) => boolean;

const byAssistant: Rule = (messages, index) => messages[index]!.role === "assistant";
const always: Rule = () => true;

/** The modes, and whether a mode trains what a message writes behind its header. */
const RULES = {
  // Nothing at all, if a user speaks last.
  last_assistant_message: (messages, index) => index === messages.length - 1 && byAssistant(messages, index),
  // A user who speaks last is not looked at, a tool's result does not end a turn.
  last_assistant_turn: (messages, index) =>
    index > lastUserIndex(messages.slice(0, -1)) && byAssistant(messages, index),
  all_assistant_messages: byAssistant,
  all_messages: always,
  all_tokens: always,
  all_user_and_system_messages: (messages, index) => ["user", "system"].includes(messages[index]!.role),
  customized: (messages, index) => messages[index]!.trainable === true,
} satisfies Record<string, Rule>;

export type TrainOnWhat = keyof typeof RULES;

export function isTrained(messages: readonly Message[], index: number, mode: TrainOnWhat): boolean {
  return RULES[mode](messages, index);
}

/**
 * An unknown mode is refused; so is `trainable` (even null) where no mode reads it, and its absence where one does. The
 * original looks when it weighs a message, so that where there is none, any mode will do.
 */
export function checkMode(messages: readonly Message[], mode: string): void {
  for (const message of messages) {
    if (!Object.hasOwn(RULES, mode)) throw new Rejected("renderer_error", `unknown train_on_what: ${mode}`);
    if (mode === "customized" && typeof message.trainable !== "boolean") {
      throw new Rejected("invalid_message", "customized training needs trainable, true or false, on every message");
    }
    if (mode !== "customized" && "trainable" in message) {
      throw new Rejected("invalid_message", `trainable is read by train_on_what=customized only, not by ${mode}`);
    }
  }
}

/** The message at which sampling would have begun, in the two modes that train what one turn of sampling gives. */
export function firstTrained(messages: readonly Message[], mode: TrainOnWhat): number | undefined {
  const first = {
    last_assistant_message: messages.length - 1,
    last_assistant_turn: lastUserIndex(messages) + 1,
  }[mode as string];
  return first !== undefined && messages[first]?.role === "assistant" ? first : undefined;
}
