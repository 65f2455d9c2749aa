/** A seller by the name that price rows use, whatever it is called; an unknown name stays as it is, and has no prices. */
export function sellerNamed(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
  return NAMES.get(plain) ?? plain
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  alibaba: 'alibaba-cloud aliyun dashscope qwen model-studio',
  anthropic: 'claude anthropic-messages anthropic-api anthropic-claude',
  azure: `azure-openai azure-classic azure-ai azure-ai-foundry azure-foundry azure-ai-inference microsoft
    microsoft-foundry az.ai.openai az.ai.inference foundry`,
  bedrock: `aws aws-bedrock amazon amazon-bedrock bedrock-converse bedrock-runtime aws.bedrock bedrock-anthropic
    anthropic-bedrock`,
  cerebras: 'cerebras-ai',
  cohere: 'cohere-ai co',
  deepinfra: 'deep-infra',
  deepseek: 'deepseek-ai deep-seek',
  fireworks: 'fireworks-ai',
  google: `gemini google-gemini google-ai google-ai-studio google-genai google-generative-ai google-vertex
    google-vertex-ai vertex vertex-ai vertexai gcp gcp-vertex gcp.gemini gcp.vertex-ai gcp.gen-ai gemini-api`,
  groq: 'groqcloud',
  inception: 'inception-labs',
  meta: 'meta-llama llama-api',
  minimax: 'minimaxai',
  mistral: 'mistralai mistral-ai la-plateforme',
  moonshot: 'moonshotai moonshot-ai kimi',
  nvidia: 'nvidia-nim nim',
  openai:
    'open-ai openai-chat openai-responses openai-api openai-chat-completions openai-completions chatgpt',
  openrouter: 'open-router',
  perplexity: 'perplexity-ai pplx',
  stepfun: 'stepfun-ai step',
  together: 'togetherai together-ai',
  upstage: 'upstage-ai solar',
  xai: 'x-ai x.ai grok',
  xiaomi: 'xiaomimimo mimo',
  zai: 'z-ai z.ai zhipu zhipuai zhipu-ai zai-org glm',
}

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([seller, others]) =>
    others.split(/\s+/).map((other) => [other, seller] as const),
  ),
)
