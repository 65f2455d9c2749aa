import type { Capabilities } from './engine.ts'

/** Of weights that do one other thing, and of a model that cannot be asked. */
export const noCapabilities: Capabilities = {
  tools: false,
  images: false,
  jsonSchema: false,
  jsonObject: false,
  logprobs: false,
  embeddings: false,
  severalAnswers: false,
}
