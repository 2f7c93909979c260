/** Renderers by name, with the options that each takes. */

import { Rejected } from "../errors.js";
import type { Tokenizer } from "../tokenizer.js";
import { DeepSeekV3DisableThinkingRenderer, DeepSeekV3ThinkingRenderer } from "./deepseek_v3.js";
import { Llama3Renderer } from "./llama3.js";
import { Qwen3DisableThinkingRenderer, Qwen3InstructRenderer, Qwen3Renderer } from "./qwen3.js";
import type { Renderer } from "./renderer.js";
import { RoleColonRenderer } from "./role_colon.js";

export type Options = Record<string, boolean>;

interface Format {
  create: new (tokenizer: Tokenizer, options: Options) => Renderer;
  options: readonly string[];
}

const QWEN3 = ["strip_thinking_from_history"];
const DEEPSEEK = ["strip_thinking_from_history", "system_role_as_user"];

const FORMATS: Record<string, Format> = {
  role_colon: { create: RoleColonRenderer, options: [] },
  llama3: { create: Llama3Renderer, options: [] },
  qwen3: { create: Qwen3Renderer, options: QWEN3 },
  qwen3_disable_thinking: { create: Qwen3DisableThinkingRenderer, options: QWEN3 },
  qwen3_instruct: { create: Qwen3InstructRenderer, options: QWEN3 },
  deepseekv3: { create: DeepSeekV3DisableThinkingRenderer, options: DEEPSEEK },
  deepseekv3_disable_thinking: { create: DeepSeekV3DisableThinkingRenderer, options: DEEPSEEK },
  deepseekv3_thinking: { create: DeepSeekV3ThinkingRenderer, options: DEEPSEEK },
};

export const RENDERERS = Object.keys(FORMATS);

export function getRenderer(name: string, tokenizer: Tokenizer, options: Options = {}): Renderer {
  const format = FORMATS[name];
  if (format === undefined) throw new Rejected("renderer_error", `unknown renderer ${name}: use one of ${RENDERERS}`);
  for (const option of Object.keys(options)) {
    if (!format.options.includes(option)) throw new Rejected("invalid_message", `${name} has no option ${option}`);
  }
  return new format.create(tokenizer, options);
}
