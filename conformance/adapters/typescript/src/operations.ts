/** The operations of the suite, each a few lines over a function of the port. */

import { Rejected } from "./errors.js";
import { contentAsString, textContent } from "./messages.js";
import type { Content, Message, ToolSpec } from "./messages.js";
import type { Json } from "./python_json.js";
import { classifyParseFailure } from "./renderers/parsing.js";
import { getRenderer } from "./renderers/registry.js";
import type { Options } from "./renderers/registry.js";
import type { Parsed, Renderer } from "./renderers/renderer.js";
import type { Delta } from "./renderers/streaming.js";
import type { TrainOnWhat } from "./renderers/training.js";
import { fromNested, toNested } from "./tensor.js";
import type { Element, Nested } from "./tensor.js";
import { BYTES, Tokenizer } from "./tokenizer.js";
import type { AddedToken } from "./tokenizer.js";
import { readTokenizerFile } from "./tokenizer_file.js";
import type { TokenizerFile } from "./tokenizer_file.js";

/** A tokenizer as the handshake offers it. */
export type Offer = { bos_token: string | null; eos_token: string | null } & (
  { kind: "bytes"; added: AddedToken[] } | { kind: "file"; path: string }
);

interface Asked {
  renderer: string;
  tokenizer: string;
  options?: Options;
}

type Params<T> = T & Asked;

/** The tokenizers of one run, each made when a question first names it. */
export class Session {
  private readonly tokenizers = new Map<string, Tokenizer>();
  private readonly files = new Map<string, TokenizerFile>();

  constructor(private readonly offers: Record<string, Offer>) {}

  tokenizer(name: string): Tokenizer {
    const known = this.tokenizers.get(name);
    if (known !== undefined) return known;
    const offer = this.offers[name];
    if (offer === undefined) throw new Error(`tokenizer ${name} was not offered`);
    const { vocabulary, added } = offer.kind === "bytes" ? { vocabulary: BYTES, added: offer.added } : this.file(offer);
    const made = new Tokenizer(vocabulary, added, offer.bos_token, offer.eos_token);
    this.tokenizers.set(name, made);
    return made;
  }

  renderer({ renderer, tokenizer, options }: Asked): Renderer {
    return getRenderer(renderer, this.tokenizer(tokenizer), options);
  }

  /** Two tokenizers can share a file, which takes a second to read. */
  private file({ path }: { path: string }): TokenizerFile {
    const file = this.files.get(path) ?? readTokenizerFile(path);
    this.files.set(path, file);
    return file;
  }
}

function encode(session: Session, params: { tokenizer: string; text: string; split_special_tokens?: boolean }) {
  return { tokens: session.tokenizer(params.tokenizer).encode(params.text, params.split_special_tokens) };
}

function decode(session: Session, params: { tokenizer: string; tokens: number[] }) {
  return { text: session.tokenizer(params.tokenizer).decode(params.tokens) };
}

// An absent param is undefined here, for which the port has its defaults.

function prompt(session: Session, params: Params<{ messages: Message[]; role?: string; prefill?: string }>) {
  const { messages, role, prefill } = params;
  return { tokens: session.renderer(params).buildGenerationPrompt(messages, role, prefill) };
}

function example(session: Session, params: Params<{ messages: Message[]; train_on_what?: TrainOnWhat }>) {
  return session.renderer(params).buildSupervisedExample(params.messages, params.train_on_what);
}

function examples(session: Session, params: Params<{ messages: Message[]; train_on_what?: TrainOnWhat }>) {
  return { examples: session.renderer(params).buildSupervisedExamples(params.messages, params.train_on_what) };
}

function parse(session: Session, params: Params<{ tokens: number[] }>) {
  return session.renderer(params).parseResponse(params.tokens);
}

function stream(session: Session, params: Params<{ tokens: number[] }>) {
  const streamed: { header?: object; deltas: Delta[]; message?: Message } = { deltas: [] };
  for (const event of session.renderer(params).parseResponseStreaming(params.tokens)) {
    if (event.type === "header") streamed.header = { role: event.role };
    else if (event.type === "message") streamed.message = event.message;
    else streamed.deltas.push(event);
  }
  return streamed;
}

function classify(_: Session, params: { message: Message; termination: Parsed["termination"] }) {
  return classifyParseFailure(params.message, params.termination);
}

function openai(session: Session, params: Params<{ message: Message }>) {
  return { message: session.renderer(params).toOpenAIMessage(params.message) };
}

function asString(_: Session, params: { content: Content; separator?: string }) {
  return { text: contentAsString(params.content, params.separator) };
}

function text(_: Session, params: { message: Message }) {
  return { text: textContent(params.message) };
}

function stop(session: Session, params: Params<object>) {
  return { stop: session.renderer(params).getStopSequences() };
}

function prefix(session: Session, params: Params<{ tools: ToolSpec[]; system_prompt?: string }>) {
  return { messages: session.renderer(params).createConversationPrefixWithTools(params.tools, params.system_prompt) };
}

function extension(session: Session, params: Params<object>) {
  return { has_extension_property: session.renderer(params).hasExtensionProperty };
}

/** `never`, because each operation has params of its own form, which the runner promises and nothing here checks. */
export const OPERATIONS: Record<string, (session: Session, params: never) => object> = {
  "tokenizer.encode": encode,
  "tokenizer.decode": decode,
  "renderer.build_generation_prompt": prompt,
  "renderer.build_supervised_example": example,
  "renderer.build_supervised_examples": examples,
  "renderer.parse_response": parse,
  "renderer.parse_response_streaming": stream,
  "renderer.classify_parse_failure": classify,
  "renderer.to_openai_message": openai,
  "renderer.format_content_as_string": asString,
  "renderer.get_text_content": text,
  "renderer.get_stop_sequences": stop,
  "renderer.create_conversation_prefix_with_tools": prefix,
  "renderer.has_extension_property": extension,
};

/** Operations whose numbers do not survive `JSON.parse` and `JSON.stringify`: integers beyond 2^53, and -0. */
export const EXACT_OPERATIONS: Record<string, (params: Map<string, Json>) => Map<string, Json>> = {
  "tensor.from_nested": (params) => {
    const { data, dtype, shape } = fromNested(fromWire(params.get("data")!), params.get("dtype") as string);
    return new Map<string, Json>([
      ["data", toWire(data)],
      ["dtype", dtype],
      ["shape", shape.map(BigInt)],
    ]);
  },
  "tensor.to_nested": (params) => {
    const data = (params.get("data") as Json[]).map(fromWire).map(single);
    // Without a shape it is a vector.
    const shape = (params.get("shape") as bigint[] | undefined)?.map(Number) ?? [data.length];
    return new Map([["data", toWire(toNested(data, params.get("dtype") as string, shape))]]);
  },
};

const NOT_FINITE = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** On the wire, what is no number in JSON is a string; so may be an integer beyond 2^53. */
function fromWire(value: Json): Nested {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return BigInt(value);
  const text = String(value);
  const number = NOT_FINITE.get(text) ?? (/^-?[0-9]+$/.test(text) ? BigInt(text) : undefined);
  if (number === undefined) throw new Rejected("invalid_message", `${text} is no number`);
  return number;
}

function single(value: Nested): Element {
  if (Array.isArray(value)) throw new Rejected("invalid_message", "flat data holds no lists");
  return value;
}

function toWire(value: Nested): Json {
  if (Array.isArray(value)) return value.map(toWire);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
