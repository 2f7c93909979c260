import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ADAPTER = fileURLToPath(new URL("../src/adapter.js", import.meta.url));
const BYTES = { kind: "bytes", bos_token: null, eos_token: null, added: [] };

interface Request {
  method: string;
  params?: object;
}

/** What the adapter writes when it is asked for the handshake and then `requests`. */
function run(...requests: Request[]) {
  const initialize = { method: "initialize", params: { protocol: 1, tokenizers: { b: BYTES, x: { kind: "new" } } } };
  const lines = [initialize, ...requests].map((request, id) => JSON.stringify({ jsonrpc: "2.0", id, ...request }));
  return spawnSync(process.execPath, [ADAPTER], { input: lines.join("\n"), encoding: "utf8" });
}

function ask(...requests: Request[]) {
  const { stdout, status } = run(...requests);
  assert.equal(status, 0);
  const replies = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    replies.map(({ id }) => id),
    [0, ...requests.map((_, index) => index + 1)],
  );
  return replies;
}

test("declares only tokenizers of a kind that it knows", () => {
  assert.deepEqual(ask()[0].result.tokenizers, ["b"]);
});

test("says which library encodes, in the version that is installed", () => {
  const installed = new URL("../../node_modules/@huggingface/tokenizers/package.json", import.meta.url);
  const { name, version } = JSON.parse(readFileSync(installed, "utf8"));
  assert.deepEqual(ask()[0].result.engine, { name, version });
});

test("answers, rejects, does not support and breaks, each in its own way", () => {
  const [, encoded, rejected, unknown, broken, bye] = ask(
    { method: "tokenizer.encode", params: { tokenizer: "b", text: "é" } },
    { method: "renderer.get_stop_sequences", params: { renderer: "qwen3", tokenizer: "b", options: { tea: true } } },
    { method: "renderer.brew", params: {} },
    { method: "tokenizer.encode", params: { tokenizer: "absent", text: "" } },
    { method: "shutdown" },
  );
  assert.deepEqual(encoded.result, { tokens: [195, 169] });
  assert.equal(rejected.error.code, -32000);
  assert.equal(rejected.error.data.kind, "invalid_message");
  assert.equal(unknown.error.code, -32601);
  assert.equal(broken.error.code, -32603);
  assert.match(broken.error.data.trace, /absent/);
  assert.deepEqual(bye.result, {});
});

test("integers beyond 2^53 survive", () => {
  const { stdout } = run({ method: "tensor.from_nested", params: { data: ["9007199254740993"], dtype: "int64" } });
  assert.match(stdout, /"data": \[9007199254740993\]/);
});
