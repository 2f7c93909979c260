import assert from "node:assert/strict";
import { test } from "node:test";

import { capitalize, strip, withoutOuterNewlines } from "../src/python_text.js";

test("strip takes what Python calls whitespace", () => {
  assert.equal(strip(" \t\u001f\u0085\u00a0a b\u3000\n"), "a b");
  assert.equal(strip("\ufeffa\u200b"), "\ufeffa\u200b");
});

test("withoutOuterNewlines leaves other whitespace alone", () => {
  assert.equal(withoutOuterNewlines("\n\n r \n"), " r ");
});

test("capitalize gives title case, then lower case", () => {
  const roles = { "": "", myROLE: "Myrole", ǆa: "ǅa", ßA: "Ssa", ᾀ: "ᾈ", აბ: "აბ", "😀A": "😀a", ŉA: "ʼNa", ᾴA: "Άͅa", ΑΣ: "Ας" };
  for (const [role, written] of Object.entries(roles)) assert.equal(capitalize(role), written);
});
