import { openAiVendor } from './vendor.ts'

/** Outside of China; in China it is dashscope.aliyuncs.com. Responses have another address there, and a table of their own. */
export const dashscope = openAiVendor({
  name: 'dashscope',
  label: 'Alibaba Cloud Model Studio (Qwen)',
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  keyVariable: 'DASHSCOPE_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  habits: { topK: true, reasoningText: 'reasoning_content' },
  source: {
    document: 'help.aliyun.com/en/model-studio/compatibility-of-openai-with-dashscope',
    date: '2026-11-23',
  },
})
