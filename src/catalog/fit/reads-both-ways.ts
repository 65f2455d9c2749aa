import { textOf, type GgufHeader } from '../gguf/header.ts'

/** Each token sees those after it too. Such a model cannot write, and has to read a text in one piece. */
export function readsBothWays(header: GgufHeader): boolean {
  const architecture = textOf(header, 'general.architecture') ?? ''
  return header.metadata.get(`${architecture}.attention.causal`) === false || ENCODERS.test(architecture)
}

/** `bert`, `nomic-bert`, `gemma-embedding`, …: they do so also where a file does not say it. `pangu-embedded` is no such model: it writes. */
const ENCODERS = /bert|-embed(?:ding)?$|^t5encoder$/

/**
 * Architectures that llama.cpp makes no cache for (`llama_model::create_memory` in src/llama-model.cpp, v0.5.0). Others that
 * read both ways are decoders trained further: they have the cache of their family, and their batch is the whole text.
 */
export function keepsNoCache(architecture: string): boolean {
  return CACHELESS.has(architecture)
}

const CACHELESS: ReadonlySet<string> = new Set([
  'bert',
  'eurobert',
  'gemma-embedding',
  'jina-bert-v2',
  'jina-bert-v3',
  'modern-bert',
  'neo-bert',
  'nomic-bert',
  'nomic-bert-moe',
])
