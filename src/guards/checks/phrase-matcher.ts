import { strict as assert } from 'node:assert'
import type { Find, Finding } from '../guard.ts'
import { eachWord, shapesOf, type OnWord } from '../../privacy/each-word.ts'

/** Words in an order, with others between them. */
export type Phrase = {
  readonly what: string
  readonly weight: number
  readonly slots: readonly Slot[]
}

/** One of `words`, after at most `gap` other words. Words are given as `eachWord` compares them. */
export type Slot = { readonly words: readonly string[]; readonly gap: number }

/**
 * Finds any number of phrases in one pass: each word of the text advances the phrases that it is a word of, so the time does not
 * depend on what stands between, nor on how many phrases there are that the text has no word of.
 */
export function phraseMatcher(phrases: readonly Phrase[]): Find {
  const { entries, gaps, ends } = vocabulary(phrases)
  const shapes = shapesOf(entries.keys())
  return (text) => {
    const found: Finding[] = []
    // Of each slot: the number of the word that filled it last, and where the phrase had begun.
    const filled = new Int32Array(gaps.length).fill(LONG_AGO)
    const begun = new Int32Array(gaps.length)
    let number = 0
    const onWord: OnWord = (word, start, end) => {
      number += 1
      const places = entries.get(word)
      if (places === undefined) return
      for (const place of places) {
        const gap = gaps[place] ?? 0
        if (gap !== FIRST && number - (filled[place - 1] ?? LONG_AGO) - 1 > gap) continue
        filled[place] = number
        begun[place] = gap === FIRST ? start : (begun[place - 1] ?? start)
        const ended = ends[place]
        if (ended !== undefined) found.push({ ...ended, start: begun[place] ?? start, end })
      }
    }
    eachWord(text, onWord, shapes)
    return found.sort((a, b) => a.start - b.start)
  }
}

const LONG_AGO = -1_000_000_000
const FIRST = -1

type Ended = { readonly what: string; readonly weight: number }

type Vocabulary = {
  /** For each word the slots it fills, later ones first: one word must not fill two slots of a phrase in a row. */
  readonly entries: ReadonlyMap<string, Int32Array>
  /** Of each slot the words that may stand before it; `FIRST` where a phrase begins. */
  readonly gaps: Int32Array
  /** Of each slot the phrase that it ends. */
  readonly ends: readonly (Ended | undefined)[]
}

function vocabulary(phrases: readonly Phrase[]): Vocabulary {
  const entries = new Map<string, number[]>()
  const gaps: number[] = []
  const ends: (Ended | undefined)[] = []
  for (const { what, weight, slots } of phrases) {
    assert(slots.length > 0, 'a phrase has words')
    for (const [index, { words, gap }] of slots.entries()) {
      for (const word of new Set(words)) entries.set(word, [gaps.length, ...(entries.get(word) ?? [])])
      gaps.push(index === 0 ? FIRST : gap)
      ends.push(index === slots.length - 1 ? { what, weight } : undefined)
    }
  }
  const packed = Array.from(entries, ([word, places]) => [word, Int32Array.from(places)] as const)
  return { entries: new Map(packed), gaps: Int32Array.from(gaps), ends }
}

/** The words of a text as they are compared. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  eachWord(text, (word) => void words.push(word))
  return words
}
