import { z } from 'zod'
import type { Item } from '../item.ts'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldLoosely } from './fold-text.ts'
import { goldFault, goldTexts } from './gold-texts.ts'
import { choiceReader, type ChoiceReader } from './read-choice.ts'
import type { Score, Scorer } from './scorer.ts'
import { oneOf, texts } from './setting-types.ts'

const LETTERS: readonly string[] = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
/** Nobody says how many options there are; ten are the most of the usual sets, and more letters are more words. */
const LETTERS_WITHOUT_OPTIONS = 10

export const choiceSettings = z.strictObject({
  /** What stands before the options in the prompt: ["1", "2", "3"], ["क", "ख", "ग", "घ"]. Default: A, B, C, … */
  labels: texts('a list such as ["A", "B", "C"]').optional(),
  /** Which of several statements such as "the answer is (B)" counts. */
  take: oneOf(['first', 'last']).default('last'),
})

type Settings = z.output<typeof choiceSettings>

/**
 * 1 when the option that the output takes is the gold (or one of the golds), which is named by its label or in words;
 * else 0. No option, or two, is unparsed.
 */
export function choiceScorer({ labels, take }: Settings): Scorer {
  const readers = new Readers()
  return {
    name: 'choice',
    settings: { take, ...(labels !== undefined && { labels }) },
    fault: (item) => faultOf(item, choicesOf(item, labels)),
    score: (item, output): Score => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const choices = choicesOf(item, labels)
      const read = readers.of(choices.labels)(output, choices.texts, take)
      if (read.kind === 'ambiguous') return { kind: 'unparsed', why: 'the output names more than one option' }
      if (read.kind === 'none') return { kind: 'unparsed', why: 'the output names no option' }
      const right = goldPlaces(item, choices).includes(read.place)
      return { kind: 'scored', score: right ? 1 : 0, answer: shown(read.place, item, choices) }
    },
  }
}

type Choices = { readonly labels: readonly string[]; readonly texts: readonly string[] }

function choicesOf({ options = [] }: Item, wanted: readonly string[] | undefined): Choices {
  const known = wanted ?? (options.length === 0 ? LETTERS.slice(0, LETTERS_WITHOUT_OPTIONS) : LETTERS)
  const labels = options.length === 0 ? known : known.slice(0, options.length)
  const small = labels.map((label) => label.toLowerCase())
  const folded = options.map(foldLoosely)
  // Of two options in the same words only a label can say which, and a B is the label even where an option reads "B".
  const isName = (text: string, place: number): boolean =>
    folded.indexOf(text) === folded.lastIndexOf(text) && [-1, place].includes(small.indexOf(text))
  return { labels, texts: folded.map((text, place) => (isName(text, place) ? text : '')) }
}

function faultOf(item: Item, choices: Choices): string | undefined {
  const expected =
    choices.texts.length === 0
      ? `one of the labels ${choices.labels.join(', ')}`
      : 'an option, by its label or in words'
  const golds = goldTexts(item)
  const known = golds !== undefined && golds.every((gold) => placeOf(gold, choices) >= 0)
  return known ? undefined : goldFault(item, expected)
}

function goldPlaces(item: Item, choices: Choices): readonly number[] {
  return (goldTexts(item) ?? []).map((gold) => placeOf(gold, choices))
}

function placeOf(gold: string, { labels, texts }: Choices): number {
  const folded = foldLoosely(gold)
  const words = folded === '' ? -1 : texts.indexOf(folded)
  return words >= 0 ? words : labels.findIndex((label) => label.toLowerCase() === folded)
}

/** As the item's own gold is written: by label, or in words. */
function shown(place: number, item: Item, { labels, texts }: Choices): string {
  const [gold = ''] = goldTexts(item) ?? []
  const label = labels[place]
  const inWords = label === undefined || texts.includes(foldLoosely(gold))
  return inWords ? (item.options?.[place] ?? '') : label
}

/** Patterns are made once for each list of labels; a task has one list for each number of options, 26 at most. */
class Readers {
  readonly #readers = new Map<string, ChoiceReader>()

  of(labels: readonly string[]): ChoiceReader {
    const key = labels.join('\n')
    const reader = this.#readers.get(key) ?? choiceReader(labels)
    this.#readers.set(key, reader)
    return reader
  }
}
