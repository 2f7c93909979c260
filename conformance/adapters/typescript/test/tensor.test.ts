import assert from "node:assert/strict";
import { test } from "node:test";

import { Rejected } from "../src/errors.js";
import { fromNested, toNested } from "../src/tensor.js";

test("float32 rounds, int64 does not", () => {
  assert.deepEqual(fromNested([[0.1], [16777217n]], "float32"), {
    data: [Math.fround(0.1), 16777216],
    dtype: "float32",
    shape: [2, 1],
  });
  assert.deepEqual(fromNested(2n ** 53n + 1n, "int64"), { data: [2n ** 53n + 1n], dtype: "int64", shape: [] });
});

test("an empty dimension ends the shape that can be seen", () => {
  assert.deepEqual(fromNested([[], []], "int64").shape, [2, 0]);
});

test("nests as the shape says", () => {
  assert.deepEqual(toNested([1n, 2n, 3n, 4n], "int64", [2, 1, 2]), [[[1n, 2n]], [[3n, 4n]]]);
  assert.deepEqual(toNested([], "float32", [2, 0]), [[], []]);
  assert.deepEqual(toNested([], "float32", [0, 2]), []);
});

test("refuses what is ragged, does not fit, or has an unknown dtype", () => {
  const refused = [
    () => fromNested([[1n], [2n, 3n]], "int64"),
    () => fromNested([1n, [2n]], "int64"),
    () => fromNested([2n ** 63n], "int64"),
    () => fromNested([NaN], "int64"),
    () => fromNested([1n], "bool"),
    () => toNested([1n], "int64", [2]),
    () => toNested([1n], "int32", [1]),
  ];
  for (const call of refused) assert.throws(call, Rejected);
});
