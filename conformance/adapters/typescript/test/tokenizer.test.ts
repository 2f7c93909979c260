import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { BYTES, Tokenizer } from "../src/tokenizer.js";
import { readTokenizerFile } from "../src/tokenizer_file.js";

const tokenizer = new Tokenizer(
  BYTES,
  [
    { content: "<|end|>", id: 256, special: true },
    { content: "<|end|>\n", id: 257, special: true },
    { content: "<tag>", id: 258, special: false },
    { content: "<|a<tag>|>", id: 259, special: true },
  ],
  null,
  "<|end|>",
);

const bytes = (text: string) => [...Buffer.from(text)];

test("added tokens are found leftmost, then longest", () => {
  assert.deepEqual(tokenizer.encode("é<|end|>\n<|end|><tag>"), [...bytes("é"), 257, 256, 258]);
});

test("special tokens can be split, others and what lies inside of special ones cannot", () => {
  assert.deepEqual(tokenizer.encode("x<|end|><tag>", true), [...bytes("x<|end|>"), 258]);
  assert.deepEqual(tokenizer.encode("<|a<tag>|>", true), bytes("<|a<tag>|>"));
});

test("decodes broken characters to U+FFFD, one for each maximal part", () => {
  assert.equal(tokenizer.decode([0xf0, 0x9f, 256, 0xff, 0xef, 0xbb, 0xbf]), "\ufffd<|end|>\ufffd\ufeff");
});

test("knows the ids of added tokens alone", () => {
  assert.equal(tokenizer.eosId, 256);
  assert.equal(tokenizer.idOf("x"), undefined);
});

test("a tokenizer.json gives what the same tokens give without a library", () => {
  const url = new URL("../../../../../golden/tokenizers/bytes-qwen3/tokenizer.json", import.meta.url);
  const { vocabulary, added } = readTokenizerFile(fileURLToPath(url));
  const [fromFile, byHand] = [vocabulary, BYTES].map((layer) => new Tokenizer(layer, added, null, null));
  for (const text of ["", " Tee, bitte!  \n", "é😀\u0085<|im_end|><think>\ufeff"]) {
    for (const split of [false, true]) {
      const tokens = fromFile!.encode(text, split);
      assert.deepEqual(tokens, byHand!.encode(text, split));
      assert.equal(fromFile!.decode(tokens), text);
    }
  }
  assert.equal(fromFile!.decode([0xf0, 0x9f, 256, 0xff]), byHand!.decode([0xf0, 0x9f, 256, 0xff]));
});
