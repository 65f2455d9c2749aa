import type { Confidence } from './licences/licence-record.ts'

/** Who sells answers, by where they are asked: rules read the seller and the seat whose law reaches it. */
export type Seller = {
  readonly id: string
  /** ISO 3166 code. */
  readonly legalSeat: string
  /** Names of src/engines/vendors. */
  readonly vendors?: readonly string[]
  /** Host names, or `.suffix`. */
  readonly hosts?: readonly string[]
  /** Packages of the AI SDK. */
  readonly packages?: readonly string[]
  /** The terms that all its models come under: sellers of their own closed models only. */
  readonly terms?: string
  readonly confidence: Confidence
}

export type SoldAt = {
  readonly vendor?: string | undefined
  readonly host?: string
  readonly package?: string
}

/** Regional companies of the same group may be the contract partner; a configuration that knows better states it. */
export function findSeller({ vendor, host, package: name }: SoldAt): Seller | undefined {
  return sellers.find(
    ({ vendors = [], hosts = [], packages = [] }) =>
      (vendor !== undefined && vendors.includes(vendor)) ||
      (name !== undefined && packages.includes(name)) ||
      (host !== undefined &&
        hosts.some((each) => (each.startsWith('.') ? host.endsWith(each) : host === each))),
  )
}

const sellers: readonly Seller[] = [
  {
    id: 'openai',
    legalSeat: 'US',
    vendors: ['openai'],
    hosts: ['api.openai.com', '.api.openai.com'],
    packages: ['@ai-sdk/openai'],
    terms: 'openai-api',
    confidence: 'C',
  },
  {
    id: 'anthropic',
    legalSeat: 'US',
    hosts: ['api.anthropic.com'],
    packages: ['@ai-sdk/anthropic'],
    terms: 'anthropic-commercial',
    confidence: 'C',
  },
  {
    id: 'google',
    legalSeat: 'US',
    vendors: ['gemini'],
    hosts: ['generativelanguage.googleapis.com', '.aiplatform.googleapis.com'],
    packages: ['@ai-sdk/google', '@ai-sdk/google-vertex'],
    confidence: 'C',
  },
  {
    id: 'microsoft',
    legalSeat: 'US',
    vendors: ['azure', 'azure-classic'],
    hosts: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'],
    packages: ['@ai-sdk/azure'],
    confidence: 'C',
  },
  {
    id: 'amazon',
    legalSeat: 'US',
    hosts: ['.amazonaws.com'],
    packages: ['@ai-sdk/amazon-bedrock'],
    confidence: 'C',
  },
  {
    id: 'mistral',
    legalSeat: 'FR',
    vendors: ['mistral'],
    hosts: ['api.mistral.ai'],
    packages: ['@ai-sdk/mistral'],
    confidence: 'C',
  },
  {
    id: 'xai',
    legalSeat: 'US',
    vendors: ['xai'],
    hosts: ['api.x.ai'],
    packages: ['@ai-sdk/xai'],
    terms: 'xai-api',
    confidence: 'C',
  },
  {
    id: 'cohere',
    legalSeat: 'CA',
    hosts: ['api.cohere.com', 'api.cohere.ai'],
    packages: ['@ai-sdk/cohere'],
    confidence: 'C',
  },
  {
    id: 'deepseek',
    legalSeat: 'CN',
    vendors: ['deepseek'],
    hosts: ['api.deepseek.com'],
    packages: ['@ai-sdk/deepseek'],
    confidence: 'C',
  },
  {
    id: 'moonshot',
    legalSeat: 'CN',
    vendors: ['moonshot'],
    hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
    confidence: 'C',
  },
  {
    id: 'alibaba',
    legalSeat: 'CN',
    vendors: ['dashscope'],
    hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com'],
    confidence: 'C',
  },
  {
    id: 'baidu',
    legalSeat: 'CN',
    vendors: ['qianfan'],
    hosts: ['qianfan.baidubce.com'],
    confidence: 'C',
  },
  {
    id: 'groq',
    legalSeat: 'US',
    vendors: ['groq'],
    hosts: ['api.groq.com'],
    packages: ['@ai-sdk/groq'],
    confidence: 'C',
  },
  {
    id: 'together',
    legalSeat: 'US',
    vendors: ['together'],
    hosts: ['api.together.ai', 'api.together.xyz'],
    packages: ['@ai-sdk/togetherai'],
    confidence: 'C',
  },
  {
    id: 'fireworks',
    legalSeat: 'US',
    vendors: ['fireworks'],
    hosts: ['api.fireworks.ai'],
    packages: ['@ai-sdk/fireworks'],
    confidence: 'C',
  },
  {
    id: 'cerebras',
    legalSeat: 'US',
    vendors: ['cerebras'],
    hosts: ['api.cerebras.ai'],
    packages: ['@ai-sdk/cerebras'],
    confidence: 'C',
  },
  {
    id: 'nvidia',
    legalSeat: 'US',
    vendors: ['nvidia'],
    hosts: ['integrate.api.nvidia.com'],
    confidence: 'C',
  },
  {
    id: 'perplexity',
    legalSeat: 'US',
    vendors: ['perplexity'],
    hosts: ['api.perplexity.ai'],
    packages: ['@ai-sdk/perplexity'],
    confidence: 'C',
  },
  {
    id: 'hugging-face',
    legalSeat: 'US',
    vendors: ['hugging-face'],
    hosts: ['router.huggingface.co', 'api-inference.huggingface.co'],
    confidence: 'C',
  },
  {
    id: 'openrouter',
    legalSeat: 'US',
    vendors: ['openrouter'],
    hosts: ['openrouter.ai'],
    confidence: 'C',
  },
]
