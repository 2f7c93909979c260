/**
 * A vendor's tokenizer.json, read by Hugging Face's `@huggingface/tokenizers`.
 *
 * The library gives exact ids for ordinary text. It has no way to split special tokens, and its own search for added
 * tokens forgets which text they came from, so they are taken out of what it sees and left to `Tokenizer`. That also
 * spares it a search through all added tokens for every token that it decodes.
 *
 * Exact up to Unicode: the patterns that cut text into words go by classes of characters, and Node's tables can be newer
 * or older than those of the Rust library.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";

import type { AddedToken, Vocabulary } from "./tokenizer.js";

export interface TokenizerFile {
  vocabulary: Vocabulary;
  added: AddedToken[];
}

/** The library by its name, and the version that is installed. */
export function engine(): { name: string; version: string } {
  const name = "@huggingface/tokenizers";
  // It exports no package.json, so that file is found from the one that it does export.
  const main = pathToFileURL(createRequire(import.meta.url).resolve(name));
  const { version } = JSON.parse(readFileSync(new URL("../package.json", main), "utf8")) as { version: string };
  return { name, version };
}

export function readTokenizerFile(path: string): TokenizerFile {
  const file = JSON.parse(readFileSync(path, "utf8")) as { added_tokens: AddedToken[] };
  const library = new HuggingFaceTokenizer({ ...file, added_tokens: [] }, { clean_up_tokenization_spaces: false });
  const vocabulary = {
    encode: (text: string) => library.encode(text, { add_special_tokens: false }).ids,
    decode: (tokens: number[]) => library.decode(tokens),
  };
  return { vocabulary, added: file.added_tokens };
}
