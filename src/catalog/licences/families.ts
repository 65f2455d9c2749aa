import type { Confidence } from './licence-record.ts'

/**
 * Under which licence the makers of well-known families give their weights away. For people who look something up: rules
 * read only the licence that the configuration states, because a name says nothing about what a model was made of.
 */
export type Family = {
  readonly family: string
  readonly licence: string
  readonly note?: string
  readonly confidence: Confidence
}

export const families: readonly Family[] = [
  { family: 'Llama 2', licence: 'llama-2', confidence: 'A' },
  { family: 'Llama 3', licence: 'llama-3', confidence: 'A' },
  { family: 'Llama 3.1', licence: 'llama-3.1', confidence: 'A' },
  { family: 'Llama 3.2', licence: 'llama-3.2', confidence: 'A' },
  { family: 'Llama 3.3', licence: 'llama-3.3', confidence: 'A' },
  { family: 'Llama 4', licence: 'llama-4', confidence: 'A' },
  { family: 'gpt-oss', licence: 'apache-2.0', note: 'with a usage policy beside it', confidence: 'A' },
  { family: 'Gemma 1, 2, 3', licence: 'gemma', confidence: 'B' },
  { family: 'Gemma 4', licence: 'apache-2.0', confidence: 'B' },
  { family: 'Qwen (1)', licence: 'tongyi-qianwen', confidence: 'A' },
  { family: 'Qwen2.5', licence: 'apache-2.0', note: '3B: qwen-research; 72B: qwen', confidence: 'B' },
  { family: 'Qwen3', licence: 'apache-2.0', confidence: 'A' },
  { family: 'DeepSeek V3 (2024)', licence: 'deepseek-model-1.0', confidence: 'A' },
  { family: 'DeepSeek R1 and later', licence: 'mit', confidence: 'A' },
  {
    family: 'DeepSeek R1 Distill Qwen',
    licence: 'apache-2.0',
    note: 'the licence of the base goes with it',
    confidence: 'A',
  },
  {
    family: 'DeepSeek R1 Distill Llama',
    licence: 'llama-3.1',
    note: '70B: llama-3.3; the licence of the base goes with it',
    confidence: 'A',
  },
  { family: 'Mistral 7B, Mixtral, Small, Nemo', licence: 'apache-2.0', confidence: 'C' },
  { family: 'Mistral Large 2, Codestral', licence: 'mistral-research', confidence: 'B' },
  { family: 'Devstral 2, Mistral Medium 3.5', licence: 'mistral-modified-mit', confidence: 'B' },
  { family: 'Aya, Command R', licence: 'cc-by-nc-4.0', confidence: 'C' },
  { family: 'Kimi K2', licence: 'kimi-k2', confidence: 'B' },
  { family: 'MiniMax M2.5', licence: 'minimax-m2.5', confidence: 'B' },
  { family: 'Phi 3, 3.5, 4', licence: 'mit', confidence: 'C' },
]
