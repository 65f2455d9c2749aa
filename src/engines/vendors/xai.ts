import { openAiVendor } from './vendor.ts'

/** Chat completions are its older surface and return no reasoning, so other clients are answered through responses. */
export const xai = openAiVendor({
  name: 'xai',
  label: 'xAI',
  baseUrl: 'https://api.x.ai/v1',
  keyVariable: 'XAI_API_KEY',
  relays: ['openai-responses', 'openai-chat'],
  source: { document: 'docs.x.ai/developers/model-capabilities/text/comparison', date: '2026-11-23' },
})
