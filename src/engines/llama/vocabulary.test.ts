import type { Token } from 'node-llama-cpp'
import { describe, expect, test } from 'vitest'
import { starterFile } from './starter-engine.conformance.ts'
import { readVocabulary, textStream, type Vocabulary } from './vocabulary.ts'

describe('the text of tokens', () => {
  test('a character split over tokens is held until it is whole', async () => {
    const vocabulary = await starterVocabulary()
    const smile = [...Buffer.from('🙂')].map((byte) => tokenOfByte(vocabulary, byte))
    const stream = textStream(vocabulary)
    expect(smile.map((token) => stream.push(token))).toEqual(['', '', '', '🙂'])
  })

  test('half a character at the end is not shown', async () => {
    const vocabulary = await starterVocabulary()
    const stream = textStream(vocabulary)
    expect(
      [...Buffer.from('é')].slice(0, 1).map((byte) => stream.push(tokenOfByte(vocabulary, byte))),
    ).toEqual([''])
  })

  test('control tokens have a label and no text', async () => {
    const vocabulary = await starterVocabulary()
    expect(vocabulary.label(1)).toBe('<|im_start|>')
    expect([...vocabulary.bytes(1)]).toEqual([])
  })

  test('control tokens are shown that are part of the marks which are looked for, and no others', async () => {
    const stream = textStream(await starterVocabulary(), 'x<|im_start|>y')
    expect([1, 2].map((token) => stream.push(token as Token))).toEqual(['<|im_start|>', ''])
  })

  test('every byte is a token of its own or part of one', async () => {
    const vocabulary = await starterVocabulary()
    for (let byte = 0; byte < 128; byte += 1) expect(tokenOfByte(vocabulary, byte)).toBeGreaterThan(2)
  })

  test('a SentencePiece vocabulary loses the space that belongs to the tokenizer', () => {
    const words: Record<number, string> = { 1: ' Hello', 2: ' there' }
    const vocabulary: Vocabulary = {
      bytes: (token) => Buffer.from(words[token] ?? ''),
      label: (token) => words[token] ?? '',
      dropsFirstSpace: true,
    }
    const stream = textStream(vocabulary)
    expect([1, 2].map((token) => stream.push(token as Token))).toEqual(['Hello', ' there'])
  })
})

async function starterVocabulary(): Promise<Vocabulary> {
  const vocabulary = await readVocabulary(starterFile('starter-s2-q8_0.gguf'))
  if (vocabulary === undefined) throw new TypeError('the starter vocabulary is byte-level BPE')
  return vocabulary
}

function tokenOfByte(vocabulary: Vocabulary, byte: number): Token {
  for (let token = 0; token < 640; token += 1) {
    const bytes = vocabulary.bytes(token)
    if (bytes.length === 1 && bytes[0] === byte) return token as Token
  }
  throw new TypeError(`no token for the byte ${byte}`)
}
