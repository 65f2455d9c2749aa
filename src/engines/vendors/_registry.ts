// Written by `node src/engines/vendors/write-registry.ts` from the files of this folder; a test holds it to them.
import { azure } from './azure.ts'
import { azureClassic } from './azure-classic.ts'
import { cerebras } from './cerebras.ts'
import { dashscope } from './dashscope.ts'
import { deepseek } from './deepseek.ts'
import { fireworks } from './fireworks.ts'
import { gemini } from './gemini.ts'
import { groq } from './groq.ts'
import { huggingFace } from './hugging-face.ts'
import { llamaServer } from './llama-server.ts'
import { lmStudio } from './lm-studio.ts'
import { mistral } from './mistral.ts'
import { moonshot } from './moonshot.ts'
import { nvidia } from './nvidia.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { perplexity } from './perplexity.ts'
import { qianfan } from './qianfan.ts'
import { together } from './together.ts'
import { vllm } from './vllm.ts'
import { xai } from './xai.ts'
import type { OpenAiVendor } from './vendor.ts'

export const vendors: readonly OpenAiVendor[] = [
  azure,
  azureClassic,
  cerebras,
  dashscope,
  deepseek,
  fireworks,
  gemini,
  groq,
  huggingFace,
  llamaServer,
  lmStudio,
  mistral,
  moonshot,
  nvidia,
  ollama,
  openai,
  openrouter,
  perplexity,
  qianfan,
  together,
  vllm,
  xai,
]
