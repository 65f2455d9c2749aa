import { findVendor } from '../../../engines/vendors/find-vendor.ts'

/** What a provider that another gateway knows by name is here. */
export type Provider = {
  readonly engine: 'openai' | 'anthropic' | 'ai-sdk'
  /** A name of our table of vendors. */
  readonly vendor?: string
  /** The address of a server that speaks OpenAI's protocol and has no table. */
  readonly baseUrl?: string
  /** A provider package. */
  readonly package?: string
  /** The variable that usually holds its key. */
  readonly keyVariable?: string
  /** Runs on a machine of the owner: no address of its own, and often no key. */
  readonly own?: true
}

const ANTHROPIC: Provider = { engine: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' }

function vendor(name: string, more: Partial<Provider> = {}): Provider {
  const keyVariable = findVendor(name)?.keyVariable
  return { engine: 'openai', vendor: name, ...(keyVariable === undefined ? {} : { keyVariable }), ...more }
}

function server(baseUrl: string, keyVariable: string): Provider {
  return { engine: 'openai', baseUrl, keyVariable }
}

function ownServer(name?: string): Provider {
  return { engine: 'openai', ...(name === undefined ? {} : { vendor: name }), own: true }
}

function sdk(name: string, keyVariable?: string): Provider {
  return { engine: 'ai-sdk', package: name, ...(keyVariable === undefined ? {} : { keyVariable }) }
}

/** By one name of ours for each; the tables below say what other gateways call them. */
const PROVIDERS = {
  openai: vendor('openai'),
  azure: vendor('azure-classic', { keyVariable: 'AZURE_API_KEY' }),
  anthropic: ANTHROPIC,
  gemini: vendor('gemini'),
  groq: vendor('groq'),
  mistral: vendor('mistral'),
  deepseek: vendor('deepseek'),
  together: vendor('together'),
  fireworks: vendor('fireworks'),
  openrouter: vendor('openrouter'),
  xai: vendor('xai'),
  perplexity: vendor('perplexity'),
  cerebras: vendor('cerebras'),
  nvidia: vendor('nvidia'),
  'hugging-face': vendor('hugging-face'),
  dashscope: vendor('dashscope'),
  moonshot: vendor('moonshot'),
  ollama: ownServer('ollama'),
  vllm: ownServer('vllm'),
  'lm-studio': ownServer('lm-studio'),
  'llama-server': ownServer('llama-server'),
  own: ownServer(),
  deepinfra: server('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  hyperbolic: server('https://api.hyperbolic.xyz/v1', 'HYPERBOLIC_API_KEY'),
  sambanova: server('https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  bedrock: sdk('@ai-sdk/amazon-bedrock'),
  vertex: sdk('@ai-sdk/google-vertex'),
  cohere: sdk('@ai-sdk/cohere', 'COHERE_API_KEY'),
} as const satisfies Record<string, Provider>

type ProviderName = keyof typeof PROVIDERS

/** How one gateway calls a provider, and the variable it reads the key from where that is another one than ours. */
type Names = Readonly<Record<string, ProviderName | readonly [ProviderName, string]>>

const LITELLM: Names = {
  openai: 'openai',
  azure: 'azure',
  anthropic: 'anthropic',
  gemini: 'gemini',
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  together_ai: ['together', 'TOGETHERAI_API_KEY'],
  fireworks_ai: ['fireworks', 'FIREWORKS_AI_API_KEY'],
  openrouter: 'openrouter',
  xai: 'xai',
  perplexity: ['perplexity', 'PERPLEXITYAI_API_KEY'],
  cerebras: 'cerebras',
  nvidia_nim: ['nvidia', 'NVIDIA_NIM_API_KEY'],
  huggingface: ['hugging-face', 'HUGGINGFACE_API_KEY'],
  dashscope: 'dashscope',
  moonshot: 'moonshot',
  ollama: 'ollama',
  ollama_chat: 'ollama',
  vllm: 'vllm',
  hosted_vllm: 'vllm',
  lm_studio: 'lm-studio',
  llamafile: 'llama-server',
  xinference: 'own',
  openai_like: 'own',
  custom_openai: 'own',
  litellm_proxy: 'own',
  deepinfra: 'deepinfra',
  hyperbolic: 'hyperbolic',
  sambanova: 'sambanova',
  bedrock: 'bedrock',
  vertex_ai: 'vertex',
  vertex_ai_beta: 'vertex',
  cohere: 'cohere',
  cohere_chat: 'cohere',
}

const PORTKEY: Names = {
  openai: 'openai',
  'azure-openai': 'azure',
  anthropic: 'anthropic',
  google: 'gemini',
  groq: 'groq',
  'mistral-ai': 'mistral',
  deepseek: 'deepseek',
  'together-ai': 'together',
  'fireworks-ai': 'fireworks',
  openrouter: 'openrouter',
  'x-ai': 'xai',
  'perplexity-ai': 'perplexity',
  cerebras: 'cerebras',
  huggingface: 'hugging-face',
  dashscope: 'dashscope',
  moonshot: 'moonshot',
  ollama: 'ollama',
  'lm-studio': 'lm-studio',
  deepinfra: 'deepinfra',
  hyperbolic: 'hyperbolic',
  sambanova: 'sambanova',
  bedrock: 'bedrock',
  'vertex-ai': 'vertex',
  cohere: 'cohere',
}

const TENSORZERO: Names = {
  openai: 'openai',
  azure: 'azure',
  anthropic: 'anthropic',
  google_ai_studio_gemini: ['gemini', 'GOOGLE_AI_STUDIO_API_KEY'],
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  together: 'together',
  fireworks: 'fireworks',
  openrouter: 'openrouter',
  xai: 'xai',
  hyperbolic: 'hyperbolic',
  vllm: 'vllm',
  sglang: 'own',
  tgi: 'own',
  aws_bedrock: 'bedrock',
  gcp_vertex_gemini: 'vertex',
}

const NAMES = { litellm: LITELLM, portkey: PORTKEY, tensorzero: TENSORZERO } as const

export type GatewayName = keyof typeof NAMES

export function findProvider(gateway: GatewayName, name: string): Provider | undefined {
  const names: Names = NAMES[gateway]
  const known = Object.hasOwn(names, name) ? names[name] : undefined
  if (known === undefined) return undefined
  return typeof known === 'string' ? PROVIDERS[known] : { ...PROVIDERS[known[0]], keyVariable: known[1] }
}

/** The names that a gateway knows its providers by, longest first: `azure-openai` before `azure`. */
export function providerNames(gateway: GatewayName): readonly string[] {
  return Object.keys(NAMES[gateway]).toSorted((a, b) => b.length - a.length)
}
