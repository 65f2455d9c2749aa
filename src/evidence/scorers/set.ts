import { z } from 'zod'
import { isJsonArray, type Json } from '../../core/json.ts'
import type { Item } from '../item.ts'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldLoosely } from './fold-text.ts'
import { goldFault } from './gold-texts.ts'
import { listInText } from './list-in-text.ts'
import { showQuantity } from './quantity.ts'
import { wholeNumberIn } from './read-numbers.ts'
import type { Scorer } from './scorer.ts'
import { oneOf } from './setting-types.ts'

export const setSettings = z.strictObject({
  measure: oneOf(['f1', 'precision', 'recall', 'all']).default('f1'),
  /**
   * What the inner lists of a gold such as [["ASA", "aspirin"], ["ibuprofen"]] are: lists of several annotators, whose
   * `union` is right, or `synonyms`, any of which names the element.
   */
  nested: oneOf(['union', 'synonyms']).default('union'),
})

type Settings = z.output<typeof setSettings>

/**
 * Compares the list in the output with the gold list, as sets of loosely folded elements. `f1` is the harmonic mean of
 * precision (share of the output's elements that are right) and recall (share of the gold's elements that were named);
 * `all` is 1 when both sets are the same. "none" and [] are the empty list, which is right where the gold is empty.
 */
export function setScorer(settings: Settings): Scorer {
  return {
    name: 'set',
    settings,
    fault: (item) =>
      goldOf(item, settings) === undefined
        ? goldFault(item, 'a list of texts or numbers, or a text that is such a list')
        : undefined,
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const given = [...new Set(listInText(output).map(elementForm))].sort()
      const gold = goldOf(item, settings) ?? []
      return { kind: 'scored', score: measured(given, gold, settings), answer: JSON.stringify(given) }
    },
  }
}

/** Each element as the forms that name it. */
type GoldSet = readonly ReadonlySet<string>[]

function goldOf({ gold }: Item, { nested }: Settings): GoldSet | undefined {
  const list = typeof gold === 'string' ? listInText(gold) : gold
  if (!isJsonArray(list)) return undefined
  const inner = list.map((each) => (isJsonArray(each) ? each : [each]))
  if (!inner.every((names) => names.every(isPlain))) return undefined
  const forms = inner.map((names) => names.filter(isPlain).map((name) => elementForm(String(name))))
  const sets = nested === 'synonyms' ? forms : [...new Set(forms.flat())].map((form) => [form])
  return sets.filter((names) => names.length > 0).map((names) => new Set(names))
}

function isPlain(value: Json): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function elementForm(element: string): string {
  const number = wholeNumberIn(element, { decimal: 'auto', percent: 'ignore' })
  return number === undefined ? foldLoosely(element) : showQuantity(number)
}

function measured(given: readonly string[], gold: GoldSet, { measure }: Settings): number {
  if (given.length === 0 || gold.length === 0) return given.length === gold.length ? 1 : 0
  const right = given.filter((element) => gold.some((names) => names.has(element))).length
  const named = gold.filter((names) => given.some((element) => names.has(element))).length
  const [precision, recall] = [right / given.length, named / gold.length]
  if (measure === 'precision') return precision
  if (measure === 'recall') return recall
  if (measure === 'all') return precision === 1 && recall === 1 ? 1 : 0
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
}
