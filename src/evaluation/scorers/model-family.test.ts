import { expect, test } from 'vitest'
import { modelFamily } from './model-family.ts'

test.each([
  ['gpt-4o-2024-08-06', 'gpt'],
  ['o1-mini', 'gpt'],
  ['openai/gpt-oss-120b', 'gpt'],
  ['claude-3-5-sonnet', 'claude'],
  ['gemini-1.5-pro-002', 'gemini'],
  ['gemma-2-9b-it', 'gemma'],
  ['Meta-Llama-3_1-8B-Instruct', 'llama'],
  ['Mixtral-8x7B', 'mistral'],
  ['Qwen2-7B-Instruct', 'qwen'],
  ['Phi-3-mini-4k-instruct', 'phi'],
  ['deepseek-r1-distill-llama-70b', 'deepseek'],
  ['Yi-6b-Chat', 'yi'],
  ['dolphin', ''],
  ['my-model-o12', ''],
])('%s is of the family "%s"', (name, family) => {
  expect(modelFamily(name)).toBe(family)
})
