import type { ReasoningOrder } from '../../core/conversation.ts'
import type { ProviderFields } from './spec.ts'

/** What a provider package can be told beyond the common specification. */
export type ProviderWords = {
  readonly cacheMark: ProviderFields | undefined
  /** Asks for the thoughts themselves, which some vendors keep unless asked. */
  readonly thinking: (order: ReasoningOrder) => ProviderFields
}

export function wordsOf(name: string): ProviderWords {
  return WORDS[name] ?? PLAIN
}

const PLAIN: ProviderWords = { cacheMark: undefined, thinking: () => ({}) }

// https://ai-sdk.dev/providers/ai-sdk-providers, read 2026-11-23.
const WORDS: Readonly<Record<string, ProviderWords>> = {
  '@ai-sdk/google': { cacheMark: undefined, thinking: (order) => googleThoughts('google', order) },
  '@ai-sdk/google-vertex': {
    cacheMark: undefined,
    thinking: (order) => googleThoughts('googleVertex', order),
  },
  '@ai-sdk/amazon-bedrock': {
    cacheMark: { bedrock: { cachePoint: { type: 'default' } } },
    thinking: () => ({}),
  },
}

function googleThoughts(provider: string, { summary, effort }: ReasoningOrder): ProviderFields {
  if (summary === 'omitted' || effort === 'none') return {}
  return { [provider]: { thinkingConfig: { includeThoughts: true } } }
}
