import assert from "node:assert/strict";
import { test } from "node:test";

import { Rejected } from "../src/errors.js";
import { dumps, JsonError, loads } from "../src/python_json.js";

const rewritten = (json: string) => dumps(loads(json));

test("writes a space after commas and colons, and none elsewhere", () => {
  assert.equal(rewritten('{"b":[1,2],\n"a":{}, "c":[ ]}'), '{"b": [1, 2], "a": {}, "c": []}');
});

test("keeps the order of keys, those that look like integers too, and the first place of a repeated one", () => {
  assert.equal(rewritten('{"2":0,"1":0,"2":9,"__proto__":1}'), '{"2": 9, "1": 0, "__proto__": 1}');
});

test("writes ASCII alone", () => {
  assert.equal(rewritten('"é😀\u007f\\/\\u001f\\n<\\ud800"'), '"\\u00e9\\ud83d\\ude00\\u007f/\\u001f\\n<\\ud800"');
});

test("keeps integers exact and floats floats", () => {
  const numbers = {
    "12345678901234567890": "12345678901234567890",
    "-0": "0",
    "1.0": "1.0",
    "-0.0": "-0.0",
    "1.10": "1.1",
    "1e3": "1000.0",
    "1E-7": "1e-07",
    "0.0001": "0.0001",
    "0.00001": "1e-05",
    "1234567890123456.7": "1234567890123456.8",
    "1e15": "1000000000000000.0",
    "1e16": "1e+16",
    "1.5e300": "1.5e+300",
    "1e400": "Infinity",
    NaN: "NaN",
    "-Infinity": "-Infinity",
  };
  for (const [read, written] of Object.entries(numbers)) assert.equal(rewritten(read), written);
});

test("refuses what Python refuses", () => {
  const refused = ["", "nope", "{", '{"a": 1,}', "[1,]", "{'a': 1}", "007", "1.", ".5", "+1", "1 2", '"a\nb"', '"\\x"'];
  refused.push('"\\u12g4"', '"open', '{"a" 1}', "\ufeff1", "-", "undefined");
  for (const json of refused) assert.throws(() => loads(json), JsonError, json);
});

test("gives up where Python does", () => {
  const [digits, depth] = ["9".repeat(4300), 994];
  assert.equal(rewritten(`-${digits}`), `-${digits}`);
  assert.throws(() => loads(`${digits}9`), Rejected);
  assert.equal(rewritten("[".repeat(depth) + "]".repeat(depth)).length, 2 * depth);
  assert.throws(() => loads("[".repeat(depth + 1) + "]".repeat(depth + 1)), Rejected);
});
