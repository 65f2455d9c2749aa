import type { Offer, SellerPrices, Usd } from '../prices/offer.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

const simple = (model: string, usd: Usd, more: Partial<Offer> = {}): Offer => ({ model, usd, ...more })

function sellerOf(seller: string, offers: readonly Offer[]): SellerPrices {
  return { seller, source: CATALOGUE, checkedOn: COMPARED_ON, confidence: 'catalogued', offers }
}

/** Half for a batch. Moving aliases are a price of the day: whoever bills goes by the id that the answer names. */
const MISTRAL_BATCH = { batch: 0.5, asText: ['image'] } as const

const mistral = sellerOf('mistral', [
  simple('mistral-medium-2508', { in: 0.4, out: 2 }, MISTRAL_BATCH),
  simple('mistral-medium-2604', { in: 1.5, out: 7.5 }, MISTRAL_BATCH),
  simple('mistral-large-2512', { in: 0.5, out: 1.5 }, MISTRAL_BATCH),
  simple('mistral-large-2411', { in: 2, out: 6 }, MISTRAL_BATCH),
  simple('mistral-small-2603', { in: 0.15, out: 0.6 }, MISTRAL_BATCH),
  simple('devstral-2512', { in: 0.4, out: 2 }, MISTRAL_BATCH),
  simple('mistral-nemo', { in: 0.15, out: 0.15 }, { ...MISTRAL_BATCH, also: ['open-mistral-nemo'] }),
  simple('magistral-small', { in: 0.5, out: 1.5 }, MISTRAL_BATCH),
  simple('magistral-medium-latest', { in: 2, out: 5 }, { ...MISTRAL_BATCH, confidence: 'disputed' }),
  // 0.30/0.90 in one catalogue and 1/3 in another.
  simple('codestral-latest', { in: 0.3, out: 0.9 }, { ...MISTRAL_BATCH, confidence: 'disputed' }),
  simple('mistral-embed', { in: 0.1 }, { batch: 0.5 }),
])

/** Routes to many sellers at many prices, and says in the usage what each call came to. */
const openrouter: SellerPrices = {
  seller: 'openrouter',
  source: 'openrouter.ai/docs: the bill is `usage.cost` of each answer',
  checkedOn: COMPARED_ON,
  confidence: 'confirmed',
  billsItself: true,
  offers: [],
}

const perplexity: SellerPrices = {
  seller: 'perplexity',
  source: 'docs.perplexity.ai: the bill is `usage.cost.total_cost` of each answer',
  checkedOn: COMPARED_ON,
  confidence: 'confirmed',
  billsItself: true,
  offers: [],
}

const alibaba = sellerOf('alibaba', [
  simple('qwen3.8-max', { in: 2, cacheRead: 0.25, cacheWrite: 2.5, out: 6 }),
  simple('qwen3.7-max', { in: 2.5, cacheRead: 0.5, cacheWrite: 3.125, out: 7.5 }),
  simple(
    'qwen3.7-plus',
    { in: 0.5, cacheRead: 0.05, cacheWrite: 0.625, out: 3 },
    // A write above the limit is 1.25 times the prompt's price there, as it is below.
    { long: { above: 256_000, usd: { in: 2, cacheRead: 0.2, cacheWrite: 2.5, out: 6 } } },
  ),
  simple('qwen3.8-flash', { in: 0.15, cacheRead: 0.016, cacheWrite: 0.2, out: 0.47 }),
  simple('qwen-plus', { in: 0.4, out: 1.2 }),
  simple('qwen3-14b', { in: 0.35, out: 1.4 }),
  simple('qwen3-8b', { in: 0.18, out: 0.7 }),
])

const moonshot = sellerOf('moonshot', [
  simple('kimi-k3', { in: 3, cacheRead: 0.3, out: 15 }),
  simple('kimi-k2.6', { in: 0.95, cacheRead: 0.16, out: 4 }),
  simple('kimi-k2.7-code', { in: 0.95, cacheRead: 0.19, out: 4 }),
])

/** Keeping a prompt is free of charge here, and said to be. */
const FREE_WRITES = { free: ['cacheWrite'] } as const

const zai = sellerOf('zai', [
  simple('glm-5.3', { in: 1.4, cacheRead: 0.26, cacheWrite: 0, out: 4.4 }, FREE_WRITES),
  simple('glm-5.2', { in: 1.4, cacheRead: 0.26, cacheWrite: 0, out: 4.4 }, FREE_WRITES),
  simple('glm-5.1', { in: 1.4, cacheRead: 0.26, cacheWrite: 0, out: 4.4 }, FREE_WRITES),
  simple('glm-5', { in: 1, cacheRead: 0.2, cacheWrite: 0, out: 3.2 }, FREE_WRITES),
  simple('glm-4.7', { in: 0.6, cacheRead: 0.11, cacheWrite: 0, out: 2.2 }, FREE_WRITES),
  simple('glm-4.6', { in: 0.6, cacheRead: 0.11, cacheWrite: 0, out: 2.2 }, FREE_WRITES),
  simple('glm-5.3-flash', { in: 0.15, cacheRead: 0.03, cacheWrite: 0, out: 0.5 }, FREE_WRITES),
  simple('glm-4.5-air', { in: 0.2, cacheRead: 0.03, cacheWrite: 0, out: 1.1 }, FREE_WRITES),
])

const minimax = sellerOf('minimax', [
  simple(
    'MiniMax-M3',
    { in: 0.3, cacheRead: 0.06, out: 1.2 },
    { long: { above: 512_000, usd: { in: 0.6, cacheRead: 0.12, out: 2.4 } } },
  ),
  simple('MiniMax-M2.7', { in: 0.3, cacheRead: 0.06, cacheWrite: 0.375, out: 1.2 }),
  simple('MiniMax-M2.5', { in: 0.3, cacheRead: 0.03, cacheWrite: 0.375, out: 1.2 }),
])

const deepinfra = sellerOf('deepinfra', [
  simple('openai/gpt-oss-120b', { in: 0.037, out: 0.17 }),
  simple('openai/gpt-oss-20b', { in: 0.03, out: 0.14 }),
  simple('deepseek-ai/DeepSeek-V4-Pro-0813', { in: 1.3, cacheRead: 0.1, out: 2.6 }),
  simple('deepseek-ai/DeepSeek-V4.1-Flash', { in: 0.2, cacheRead: 0.006, out: 0.6 }),
  simple('deepseek-ai/DeepSeek-V4-Flash', { in: 0.09, cacheRead: 0.018, out: 0.18 }),
  simple('deepseek-ai/DeepSeek-V3.1', { in: 0.25, cacheRead: 0.13, out: 0.95 }),
  simple('moonshotai/Kimi-K2.6', { in: 0.75, cacheRead: 0.15, out: 3.5 }),
  simple('moonshotai/Kimi-K2.7-Code', { in: 0.68, cacheRead: 0.136, out: 3.4 }),
  simple('zai-org/GLM-5.3', { in: 0.9, cacheRead: 0.2, out: 4 }),
  simple('zai-org/GLM-5.2', { in: 0.75, cacheRead: 0.14, out: 2.4 }),
  simple('zai-org/GLM-5.1', { in: 1.05, cacheRead: 0.205, out: 3.5 }),
  simple('zai-org/GLM-5', { in: 0.6, cacheRead: 0.12, out: 2.08 }),
  simple('zai-org/GLM-4.7', { in: 0.4, cacheRead: 0.08, out: 1.75 }),
  simple('zai-org/GLM-4.6', { in: 0.5, cacheRead: 0.1, out: 2 }),
  simple('zai-org/GLM-5.3-Flash', { in: 0.15, cacheRead: 0.03, out: 0.5 }),
  simple('MiniMaxAI/MiniMax-M3', { in: 0.28, cacheRead: 0.056, out: 1.1 }),
  simple('MiniMaxAI/MiniMax-M2.7', { in: 0.25, cacheRead: 0.05, out: 1 }),
  simple('MiniMaxAI/MiniMax-M2.5', { in: 0.15, cacheRead: 0.03, out: 1.15 }),
  simple('Qwen/Qwen3.8-2.4T-A95B', { in: 2, cacheRead: 0.2, out: 6 }),
  simple('Qwen/Qwen3.8-27B', { in: 0.2, cacheRead: 0.05, out: 2.5 }),
  simple('Qwen/Qwen3.6-27B', { in: 0.32, out: 3.2 }),
  simple('Qwen/Qwen3.6-35B-A3B', { in: 0.1, out: 0.95 }),
  simple('Qwen/Qwen3.5-397B-A17B', { in: 0.45, cacheRead: 0.22, out: 3 }),
  simple('Qwen/Qwen3.5-122B-A10B', { in: 0.29, out: 2.4 }),
  simple('Qwen/Qwen3.5-9B', { in: 0.1, out: 0.15 }),
  simple('Qwen/Qwen3-235B-A22B-Instruct-2507', { in: 0.09, out: 0.55 }),
  simple('Qwen/Qwen3-Next-80B-A3B-Instruct', { in: 0.09, out: 1.1 }),
  simple('Qwen/Qwen3-32B', { in: 0.08, out: 0.28 }),
  simple('Qwen/Qwen3-30B-A3B', { in: 0.12, out: 0.5 }),
  simple('Qwen/Qwen3-Coder-480B-A35B-Instruct-Turbo', { in: 0.3, cacheRead: 0.1, out: 1 }),
  simple('google/gemma-4-31B-it', { in: 0.13, out: 0.38 }),
  simple('google/gemma-4-26B-A4B-it', { in: 0.07, out: 0.34 }),
  simple('google/gemma-4-E4B-it', { in: 0.02, out: 0.1 }),
  simple('google/gemma-3-27b-it', { in: 0.08, out: 0.16 }),
  simple('google/gemma-3-4b-it', { in: 0.05, out: 0.1 }),
  simple('meta-llama/Llama-3.3-70B-Instruct-Turbo', { in: 0.1, out: 0.32 }),
  simple('meta-llama/Llama-4-Scout-17B-16E-Instruct', { in: 0.1, out: 0.3 }),
  simple('meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8', { in: 0.2, out: 0.8 }),
  simple('nvidia/Nemotron-3-Nano-30B-A3B', { in: 0.05, cacheRead: 0.025, out: 0.2 }),
  simple('tencent/Hy3', { in: 0.13, cacheRead: 0.033, out: 0.53 }),
  simple('stepfun-ai/Step-3.7-Flash', { in: 0.2, cacheRead: 0.04, out: 1.15 }),
  simple('thinkingmachines/Inkling', { in: 0.95, cacheRead: 0.16, out: 4.05 }),
  simple('thinkingmachines/Inkling-Small', { in: 0.45, cacheRead: 0.1, out: 1.2 }),
])

export const otherSellers: readonly SellerPrices[] = [
  mistral,
  openrouter,
  perplexity,
  alibaba,
  moonshot,
  zai,
  minimax,
  deepinfra,
  sellerOf('groq', [simple('llama-3.1-8b-instant', { in: 0.05, out: 0.08 })]),
  sellerOf('together', [simple('deepseek-ai/DeepSeek-R1', { in: 3, out: 7 })]),
  sellerOf('cohere', [simple('command-a-03-2025', { in: 2.5, out: 10 })]),
  sellerOf('meta', [
    simple('muse-spark-1.3', { in: 1.25, cacheRead: 0.15, out: 4.25 }),
    simple('muse-spark-1.3-contributor', { in: 0.1, cacheRead: 0.002, out: 0.2 }),
  ]),
  sellerOf('nvidia', [
    simple('nvidia/nemotron-3-super-120b-a12b', { in: 0.2, out: 0.8 }),
    simple('nvidia/nemotron-3-ultra-550b-a55b', { in: 0.5, cacheRead: 0.15, out: 2.5 }),
  ]),
  sellerOf('inception', [simple('mercury-2.5', { in: 0.04, cacheRead: 0.004, out: 0.15 })]),
  sellerOf('upstage', [simple('solar-pro4', { in: 0.3, cacheRead: 0.06, out: 1.2 })]),
  sellerOf('stepfun', [simple('step-3.7-flash', { in: 0.185, cacheRead: 0.037, out: 1.11 })]),
  sellerOf('xiaomi', [simple('mimo-v2.5', { in: 0.14, cacheRead: 0.0028, out: 0.28 })]),
]
