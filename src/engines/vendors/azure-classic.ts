import { openAiVendor } from './vendor.ts'

/** The surface where the deployment stands in the path and a dated version in the query; `query` sets a newer one. */
export const azureClassic = openAiVendor({
  name: 'azure-classic',
  label: 'Azure OpenAI (dated versions)',
  path: '/openai/deployments/{model}',
  keyVariable: 'AZURE_OPENAI_API_KEY',
  keyHeader: 'api-key',
  query: { 'api-version': '2024-10-21' },
  relays: ['openai-chat', 'embeddings'],
  source: { document: 'learn.microsoft.com/azure/ai-foundry/openai/reference', date: '2026-11-23' },
})
