import { openAiVendor } from './vendor.ts'

/** "Will result in a 400 error (yikes) if they are supplied"; `n` must be 1. */
export const groq = openAiVendor({
  name: 'groq',
  label: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  keyVariable: 'GROQ_API_KEY',
  relays: ['openai-chat', 'openai-responses'],
  drops: ['logprobs', 'top_logprobs', 'logit_bias'],
  messageDrops: ['name'],
  lacks: ['severalAnswers'],
  source: { document: 'console.groq.com/docs/openai', date: '2026-11-23' },
})
