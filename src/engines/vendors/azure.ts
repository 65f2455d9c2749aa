import { openAiVendor } from './vendor.ts'

/** The surface without dated versions: `model` is the name of the deployment. */
export const azure = openAiVendor({
  name: 'azure',
  label: 'Azure OpenAI',
  path: '/openai/v1',
  keyVariable: 'AZURE_OPENAI_API_KEY',
  keyHeader: 'api-key',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  habits: { newerTokenLimit: true },
  source: { document: 'learn.microsoft.com/azure/foundry/openai/api-version-lifecycle', date: '2026-11-23' },
})
