import { openAiVendor } from './vendor.ts'

/** Takes no `developer` messages, and wants its reasoning back in a turn with tools. */
export const moonshot = openAiVendor({
  name: 'moonshot',
  label: 'Moonshot AI (Kimi)',
  baseUrl: 'https://api.moonshot.ai/v1',
  keyVariable: 'MOONSHOT_API_KEY',
  relays: ['openai-chat', 'openai-responses'],
  roles: { developer: 'system' },
  habits: { reasoningText: 'reasoning_content' },
  source: { document: 'platform.kimi.ai/docs/api/overview', date: '2026-11-23' },
})
