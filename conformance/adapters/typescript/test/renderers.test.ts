import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Rejected } from "../src/errors.js";
import type { Message } from "../src/messages.js";
import { Session } from "../src/operations.js";
import type { Offer } from "../src/operations.js";
import { RENDERERS } from "../src/renderers/registry.js";
import type { TrainOnWhat } from "../src/renderers/training.js";

const GOLDEN = new URL("../../../../../golden/", import.meta.url);
const NAMES = ["bytes-qwen3", "bytes-llama3", "bytes-deepseek_v3_1"];

const offers = NAMES.map((name) => {
  const offer = JSON.parse(readFileSync(new URL(`tokenizers/${name}.json`, GOLDEN), "utf8")) as Offer;
  return [name, offer] as const;
});
const session = new Session(Object.fromEntries(offers));

function tokenizerOf(renderer: string): string {
  return renderer.startsWith("qwen3") ? "bytes-qwen3" : renderer === "llama3" ? "bytes-llama3" : "bytes-deepseek_v3_1";
}

const CONVERSATION: Message[] = [
  { role: "user", content: "Tea?" },
  { role: "assistant", content: [{ type: "text", text: "Mint." }] },
  { role: "user", content: "Now?" },
  { role: "assistant", content: "Now." },
];

for (const name of RENDERERS) {
  const renderer = session.renderer({ renderer: name, tokenizer: tokenizerOf(name) });

  test(`${name}: an example has a weight for each token, and leaves the messages as they were`, () => {
    const before = structuredClone(CONVERSATION);
    const { tokens, weights } = renderer.buildSupervisedExample(CONVERSATION);
    assert.equal(weights.length, tokens.length);
    assert.deepEqual(CONVERSATION, before);
  });

  test(`${name}: what is trained is what sampling adds to the prompt`, () => {
    const prompt = renderer.buildGenerationPrompt(CONVERSATION.slice(0, -1));
    const { tokens, weights } = renderer.buildSupervisedExample(CONVERSATION);
    assert.deepEqual(tokens.slice(0, prompt.length), prompt);
    assert.deepEqual(
      weights,
      tokens.map((_, index) => Number(index >= prompt.length)),
    );
  });

  test(`${name}: a message without content is refused, not written as a word`, () => {
    const broken = [{ role: "user" } as Message];
    assert.throws(() => renderer.buildGenerationPrompt(broken), Rejected);
  });

  test(`${name}: an unknown mode is refused`, () => {
    assert.throws(() => renderer.buildSupervisedExample(CONVERSATION, "nonsense" as TrainOnWhat), Rejected);
  });
}

test("a unit test can read the answers of golden itself", () => {
  const cases = readFileSync(new URL("cases/renderer/qwen3.bytes.jsonl", GOLDEN), "utf8").trimEnd().split("\n");
  let compared = 0;
  for (const line of cases) {
    const { id, operation, params, expect } = JSON.parse(line);
    if (operation !== "renderer.build_supervised_example" || expect.result === undefined) continue;
    const example = session.renderer(params).buildSupervisedExample(params.messages, params.train_on_what);
    assert.deepEqual(example, expect.result, id);
    compared += 1;
  }
  assert.ok(compared > 0);
});
