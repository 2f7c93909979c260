/** The adapter: requests as lines of JSON on stdin, a reply to each on stdout, until stdin ends. */

import { createInterface } from "node:readline";

import { Rejected } from "./errors.js";
import { EXACT_OPERATIONS, OPERATIONS, Session } from "./operations.js";
import type { Offer } from "./operations.js";
import { dumps, loads } from "./python_json.js";
import type { Json } from "./python_json.js";
import { RENDERERS } from "./renderers/registry.js";
import { DTYPES } from "./tensor.js";
import { engine } from "./tokenizer_file.js";

interface Request {
  id: string | number;
  method: string;
  params?: unknown;
}

interface Handshake {
  tokenizers: Record<string, Offer>;
}

const REJECTED = -32000;
const NOT_SUPPORTED = -32601;
const BROKE = -32603;

let session = new Session({});

function initialize({ tokenizers }: Handshake): object {
  session = new Session(tokenizers);
  const usable = Object.entries(tokenizers).filter(([, { kind }]) => kind === "bytes" || kind === "file");
  return {
    protocol: 1,
    implementation: {
      name: "cookbook-typescript",
      version: "0.1.0",
      language: `typescript on node ${process.versions.node}`,
      upstream: "0.5.8",
    },
    operations: [...Object.keys(OPERATIONS), ...Object.keys(EXACT_OPERATIONS)],
    renderers: RENDERERS,
    dtypes: DTYPES,
    tokenizers: usable.map(([name]) => name),
    engine: engine(),
  };
}

/** The member of the reply that is the answer, as JSON text. */
function answer(line: string, { method, params }: Request): string {
  const exact = EXACT_OPERATIONS[method];
  if (exact !== undefined) {
    const request = loads(line) as Map<string, Json>;
    return `"result":${dumps(exact(request.get("params") as Map<string, Json>))}`;
  }
  if (method === "initialize") return `"result":${JSON.stringify(initialize(params as Handshake))}`;
  if (method === "shutdown") return `"result":{}`;
  const operation = OPERATIONS[method];
  if (operation === undefined) return error(NOT_SUPPORTED, `no operation ${method}`, {});
  return `"result":${JSON.stringify(operation(session, params as never))}`;
}

function error(code: number, message: string, data: object): string {
  return `"error":${JSON.stringify({ code, message, data })}`;
}

/** What the port refuses on purpose is a rejection; any other error is a fault of the adapter. */
function answerOrError(line: string, request: Request): string {
  try {
    return answer(line, request);
  } catch (thrown) {
    if (thrown instanceof Rejected) return error(REJECTED, thrown.message, { kind: thrown.kind });
    const trace = thrown instanceof Error ? thrown.stack : undefined;
    return error(BROKE, String(thrown), { trace });
  }
}

const lines = createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const request = JSON.parse(line) as Request;
  process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(request.id)},${answerOrError(line, request)}}\n`);
  if (request.method === "shutdown") lines.close();
});
