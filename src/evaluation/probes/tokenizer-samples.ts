import { LANGUAGE_NAMES, SAMPLE_SENTENCES, type ProbeLanguage } from './sample-sentences.ts'

/** How a tokenizer cuts one language. */
export type TokenizerSample = {
  readonly language: ProbeLanguage
  readonly words: number
  readonly bytes: number
  readonly tokens: number
  readonly tokens_per_word: number
  /** Tokens for what English says in one: what the language costs more, in money and in context. */
  readonly times_english: number
  /** Tokens that stand for no text the tokenizer knows: what they stood for, the model never sees. */
  readonly unknown: number
  readonly text: string
  /** The tokens of `text`; bytes that are no whole character are written as `<E0>`. */
  readonly pieces: readonly string[]
}

export const SAMPLE_TEXTS: readonly string[] = languages().flatMap((language) => SAMPLE_SENTENCES[language])

export type TokenWords = {
  readonly bytes: (token: number) => Uint8Array
  readonly isUnknown: (token: number) => boolean
}

/** @param tokens of `SAMPLE_TEXTS`, in their order */
export function tokenizerSamples(
  tokens: readonly (readonly number[])[],
  words: TokenWords,
): readonly TokenizerSample[] {
  let place = 0
  const counted = languages().map((language) => {
    const texts = SAMPLE_SENTENCES[language]
    const own = tokens.slice(place, (place += texts.length))
    return { language, texts, own, count: own.reduce((sum, each) => sum + each.length, 0) }
  })
  const english = counted.find(({ language }) => language === 'en')?.count ?? 0
  return counted.map(({ language, texts, own, count }) => {
    const all = texts.join(' ')
    const wordCount = all.split(/\s+/u).length
    return {
      language,
      words: wordCount,
      bytes: Buffer.byteLength(all),
      tokens: count,
      tokens_per_word: rounded(count / wordCount),
      times_english: rounded(count / Math.max(1, english)),
      unknown: own.flat().filter(words.isUnknown).length,
      text: texts[0] ?? '',
      pieces: (own[0] ?? []).map((token) => shown(words.bytes(token))),
    }
  })
}

function languages(): readonly ProbeLanguage[] {
  return Object.keys(LANGUAGE_NAMES) as ProbeLanguage[]
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100
}

function shown(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // A piece of a character has no text of its own.
    return Array.from(bytes, (byte) => `<${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('')
  }
}
