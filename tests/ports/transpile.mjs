// Types are taken out of TypeScript read from stdin as JSON, an object of names and sources: the same with JavaScript.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const typescript = createRequire(process.argv[2])("typescript");
const compilerOptions = { target: "ES2023", module: "ES2022" };
const sources = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const made = sources.map(([name, text]) => [name, typescript.transpileModule(text, { compilerOptions }).outputText]);
console.log(JSON.stringify(Object.fromEntries(made)));
