import { openAiVendor } from './vendor.ts'

export const qianfan = openAiVendor({
  name: 'qianfan',
  label: 'Baidu Qianfan',
  baseUrl: 'https://qianfan.baidubce.com/v2',
  keyVariable: 'QIANFAN_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  source: { document: 'cloud.baidu.com/doc/qianfan/s/Hmh4suq26', date: '2026-11-23' },
})
