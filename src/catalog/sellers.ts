import type { Confidence } from './licences/licence-record.ts'

/** Who sells answers, by where they are asked: prices name the seller, and rules read it and the seat whose law reaches it. */
export type Seller = {
  readonly id: string
  /** What the price book calls it, where that is another name: a service and not its company. */
  readonly billsAs?: string
  /** Other names for `sellerNamed`, between spaces. */
  readonly alsoCalled?: string
  /** ISO 3166 code. Absent where nobody looked, or where companies of one group in several places sell. */
  readonly legalSeat?: string
  /** Names of src/engines/vendors. */
  readonly vendors?: readonly string[]
  /** Host names, each with all names below it; with a hyphen in front, names that end so. */
  readonly hosts?: readonly string[]
  /** Packages of the AI SDK. */
  readonly packages?: readonly string[]
  /** The terms that all its models come under: sellers of their own closed models only. */
  readonly terms?: string
  /** Of seat and terms. */
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
      (host !== undefined && hosts.some((each) => isBelow(host, each))),
  )
}

function isBelow(host: string, name: string): boolean {
  return host === name || host.endsWith(name.startsWith('-') ? name : `.${name}`)
}

/** A seller by the name that price rows use, whatever it is called; an unknown name stays as it is, and has no prices. */
export function sellerNamed(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
  return billingNames().get(plain) ?? plain
}

let namesMade: ReadonlyMap<string, string> | undefined

function billingNames(): ReadonlyMap<string, string> {
  return (namesMade ??= new Map(
    sellers.flatMap(({ id, billsAs = id, alsoCalled = '' }) =>
      [id, ...alsoCalled.split(/\s+/)].map((name) => [name, billsAs] as const),
    ),
  ))
}

export const sellers: readonly Seller[] = [
  {
    id: 'openai',
    alsoCalled: `open-ai openai-chat openai-responses openai-api openai-chat-completions openai-completions
      chatgpt`,
    legalSeat: 'US',
    vendors: ['openai'],
    hosts: ['api.openai.com'],
    packages: ['@ai-sdk/openai'],
    terms: 'openai-api',
    confidence: 'C',
  },
  {
    id: 'anthropic',
    alsoCalled: 'claude anthropic-messages anthropic-api anthropic-claude',
    legalSeat: 'US',
    hosts: ['api.anthropic.com'],
    packages: ['@ai-sdk/anthropic'],
    terms: 'anthropic-commercial',
    confidence: 'C',
  },
  {
    id: 'google',
    alsoCalled: `gemini google-gemini google-ai google-ai-studio google-genai google-generative-ai google-vertex
      google-vertex-ai vertex vertex-ai vertexai gcp gcp-vertex gcp.gemini gcp.vertex-ai gcp.gen-ai
      gemini-api`,
    legalSeat: 'US',
    vendors: ['gemini'],
    hosts: ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com', '-aiplatform.googleapis.com'],
    packages: ['@ai-sdk/google', '@ai-sdk/google-vertex'],
    confidence: 'C',
  },
  {
    id: 'microsoft',
    billsAs: 'azure',
    alsoCalled: `azure-openai azure-classic azure-ai azure-ai-foundry azure-foundry azure-ai-inference microsoft-
      foundry az.ai.openai az.ai.inference foundry`,
    legalSeat: 'US',
    vendors: ['azure', 'azure-classic'],
    hosts: ['openai.azure.com', 'services.ai.azure.com', 'cognitiveservices.azure.com'],
    packages: ['@ai-sdk/azure'],
    confidence: 'C',
  },
  {
    id: 'amazon',
    billsAs: 'bedrock',
    alsoCalled: `aws aws-bedrock amazon-bedrock bedrock-converse bedrock-runtime aws.bedrock bedrock-anthropic
      anthropic-bedrock`,
    legalSeat: 'US',
    hosts: ['amazonaws.com'],
    packages: ['@ai-sdk/amazon-bedrock'],
    confidence: 'C',
  },
  {
    id: 'mistral',
    alsoCalled: 'mistralai mistral-ai la-plateforme',
    legalSeat: 'FR',
    vendors: ['mistral'],
    hosts: ['api.mistral.ai'],
    packages: ['@ai-sdk/mistral'],
    confidence: 'C',
  },
  {
    id: 'xai',
    alsoCalled: 'x-ai x.ai grok',
    legalSeat: 'US',
    vendors: ['xai'],
    hosts: ['api.x.ai'],
    packages: ['@ai-sdk/xai'],
    terms: 'xai-api',
    confidence: 'C',
  },
  {
    id: 'cohere',
    alsoCalled: 'cohere-ai co',
    legalSeat: 'CA',
    hosts: ['api.cohere.com', 'api.cohere.ai'],
    packages: ['@ai-sdk/cohere'],
    confidence: 'C',
  },
  {
    id: 'deepseek',
    alsoCalled: 'deepseek-ai deep-seek',
    legalSeat: 'CN',
    vendors: ['deepseek'],
    hosts: ['api.deepseek.com'],
    packages: ['@ai-sdk/deepseek'],
    confidence: 'C',
  },
  {
    id: 'moonshot',
    alsoCalled: 'moonshotai moonshot-ai kimi',
    legalSeat: 'CN',
    vendors: ['moonshot'],
    hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
    confidence: 'C',
  },
  {
    id: 'alibaba',
    alsoCalled: 'alibaba-cloud aliyun dashscope qwen model-studio',
    legalSeat: 'CN',
    vendors: ['dashscope'],
    hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com'],
    confidence: 'C',
  },
  {
    id: 'baidu',
    alsoCalled: 'qianfan',
    legalSeat: 'CN',
    vendors: ['qianfan'],
    hosts: ['qianfan.baidubce.com'],
    confidence: 'C',
  },
  {
    id: 'groq',
    alsoCalled: 'groqcloud',
    legalSeat: 'US',
    vendors: ['groq'],
    hosts: ['api.groq.com'],
    packages: ['@ai-sdk/groq'],
    confidence: 'C',
  },
  {
    id: 'together',
    alsoCalled: 'togetherai together-ai',
    legalSeat: 'US',
    vendors: ['together'],
    hosts: ['api.together.ai', 'api.together.xyz'],
    packages: ['@ai-sdk/togetherai'],
    confidence: 'C',
  },
  {
    id: 'fireworks',
    alsoCalled: 'fireworks-ai',
    legalSeat: 'US',
    vendors: ['fireworks'],
    hosts: ['api.fireworks.ai'],
    packages: ['@ai-sdk/fireworks'],
    confidence: 'C',
  },
  {
    id: 'cerebras',
    alsoCalled: 'cerebras-ai',
    legalSeat: 'US',
    vendors: ['cerebras'],
    hosts: ['api.cerebras.ai'],
    packages: ['@ai-sdk/cerebras'],
    confidence: 'C',
  },
  {
    id: 'nvidia',
    alsoCalled: 'nvidia-nim nim',
    legalSeat: 'US',
    vendors: ['nvidia'],
    hosts: ['integrate.api.nvidia.com'],
    confidence: 'C',
  },
  {
    id: 'perplexity',
    alsoCalled: 'perplexity-ai pplx',
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
    alsoCalled: 'open-router',
    legalSeat: 'US',
    vendors: ['openrouter'],
    hosts: ['openrouter.ai'],
    packages: ['@openrouter/ai-sdk-provider'],
    confidence: 'C',
  },
  {
    id: 'deepinfra',
    alsoCalled: 'deep-infra',
    legalSeat: 'US',
    hosts: ['api.deepinfra.com'],
    packages: ['@ai-sdk/deepinfra'],
    confidence: 'C',
  },
  {
    id: 'zai',
    alsoCalled: 'z-ai z.ai zhipu zhipuai zhipu-ai zai-org glm',
    hosts: ['api.z.ai'],
    confidence: 'C',
  },
  {
    id: 'minimax',
    alsoCalled: 'minimaxai',
    hosts: ['api.minimax.io'],
    confidence: 'C',
  },
  {
    id: 'inception',
    alsoCalled: 'inception-labs',
    confidence: 'C',
  },
  {
    id: 'meta',
    alsoCalled: 'meta-llama llama-api',
    legalSeat: 'US',
    confidence: 'C',
  },
  {
    id: 'stepfun',
    alsoCalled: 'stepfun-ai step',
    confidence: 'C',
  },
  {
    id: 'upstage',
    alsoCalled: 'upstage-ai solar',
    confidence: 'C',
  },
  {
    id: 'xiaomi',
    alsoCalled: 'xiaomimimo mimo',
    confidence: 'C',
  },
]
