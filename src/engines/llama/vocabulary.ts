import type { LlamaModel, Token } from 'node-llama-cpp'
import type { GgufHeader } from '../../catalog/gguf/header.ts'
import { readGgufHeader } from './gguf.ts'

/** The text of tokens, byte by byte. */
export type Vocabulary = {
  /** What this token adds to the text; empty for control tokens, which are never shown. */
  readonly bytes: (token: number) => Uint8Array
  /** The token as people write it, control tokens included, for log-probabilities. */
  readonly label: (token: number) => string
  /** The first token of an answer carries a space that belongs to the tokenizer, not to the text. */
  readonly dropsFirstSpace: boolean
}

/**
 * Reads the vocabulary of the weights. The library can only turn tokens into whole strings, in which half a character
 * is lost as U+FFFD; the bytes are needed to join characters that were split over tokens.
 *
 * @returns undefined for tokenizers other than byte-level BPE and SentencePiece, which then go through the library
 */
export async function readVocabulary(path: string): Promise<Vocabulary | undefined> {
  const header = await readGgufHeader(path, [TOKENS, TYPES])
  const kind = header.metadata.get('tokenizer.ggml.model')
  const decode = typeof kind === 'string' ? DECODERS[kind] : undefined
  const texts = items(header, TOKENS)
  if (decode === undefined || texts === undefined) return undefined
  const types = items(header, TYPES)
  const cache: (Uint8Array | undefined)[] = []
  return {
    bytes(token) {
      return (cache[token] ??= bytesOf(String(texts[token] ?? ''), Number(types?.[token] ?? NORMAL), decode))
    },
    label: (token) => String(texts[token] ?? ''),
    dropsFirstSpace: kind === 'llama' && header.metadata.get('tokenizer.ggml.add_space_prefix') !== false,
  }
}

export type TextStream = {
  /** The text that is whole after this token. A character split over tokens is held until its last byte is there. */
  readonly push: (token: Token) => string
}

/** `marks`: control tokens that are part of this text are shown too. */
export function textStream(vocabulary: Vocabulary, marks = ''): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let first = true
  return {
    push(token) {
      const bytes = vocabulary.bytes(token)
      if (marks !== '' && bytes.length === 0 && marks.includes(vocabulary.label(token)))
        return vocabulary.label(token)
      const text = decoder.decode(bytes, { stream: true })
      if (!first || text === '') return text
      first = false
      return vocabulary.dropsFirstSpace && text.startsWith(' ') ? text.slice(1) : text
    },
  }
}

const TOKENS = 'tokenizer.ggml.tokens'
const TYPES = 'tokenizer.ggml.token_type'

// `llama_token_type`.
const NORMAL = 1
const USER_DEFINED = 4
const BYTE = 6

const NOTHING = new Uint8Array()

function items(header: GgufHeader, key: string): readonly (string | number | boolean)[] | undefined {
  const value = header.metadata.get(key)
  return typeof value === 'object' ? value.items : undefined
}

type Decode = (text: string) => Uint8Array

function bytesOf(text: string, type: number, decode: Decode): Uint8Array {
  switch (type) {
    case NORMAL:
      return decode(text)
    case USER_DEFINED:
      return Buffer.from(text, 'utf8')
    case BYTE:
      return Uint8Array.of(Number.parseInt(text.slice(3, 5), 16))
    default:
      return NOTHING
  }
}

const DECODERS: Readonly<Record<string, Decode | undefined>> = {
  gpt2: fromByteLetters,
  llama: (text) => Buffer.from(text.replaceAll('\u2581', ' '), 'utf8'),
}

/** GPT-2 writes each byte as one printable letter: most as themselves, the rest from U+0100 on. */
const BYTE_OF_LETTER = new Map(
  ((): [string, number][] => {
    let next = 0x100
    return Array.from({ length: 256 }, (_, byte) => [
      String.fromCodePoint(isPrintable(byte) ? byte : next++),
      byte,
    ])
  })(),
)

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
}

function fromByteLetters(text: string): Uint8Array {
  const bytes: number[] = []
  for (const letter of text) {
    const byte = BYTE_OF_LETTER.get(letter)
    // A letter outside the alphabet stands for itself, as in the engine.
    if (byte === undefined) bytes.push(...Buffer.from(letter, 'utf8'))
    else bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** The same through the library, for the tokenizers we do not read ourselves (WordPiece, Unigram, RWKV). */
export function libraryTextStream(model: LlamaModel, marks = ''): TextStream {
  let held: Token[] = []
  let before: Token[] = []
  return {
    push(token) {
      if (marks !== '' && model.isSpecialToken(token)) {
        const label = model.detokenize([token], true)
        if (marks.includes(label)) return label
      }
      held.push(token)
      const text = model.detokenize(held, false, before)
      // Half a character comes back as U+FFFD. It is whole after at most four tokens, a byte each; later it is damage.
      if (text.endsWith('\uFFFD') && held.length < 4) return ''
      before = [...before, ...held].slice(-4)
      held = []
      return text
    },
  }
}
