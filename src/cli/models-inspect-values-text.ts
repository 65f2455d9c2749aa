import { LANGUAGE_NAMES } from '../evaluation/probes/sample-sentences.ts'
import type { TokenizerSample } from '../evaluation/probes/tokenizer-samples.ts'
import type { InspectedTensor } from './models-inspect-tensors.ts'
import type { InspectedTokenizer } from './models-inspect-tokenizer.ts'
import { table } from './table.ts'

/** What is in the tensors; first of all what should not be. */
export function valuesText(tensors: readonly InspectedTensor[]): string {
  const head = ['NAME', 'SHAPE', 'TYPE', 'LEAST', 'GREATEST', 'MEAN', 'SPREAD', 'ZEROS', 'NAN', 'INFINITE']
  return [...warnings(tensors), table([head, ...tensors.map(valueRow)])].join('\n')
}

function warnings(tensors: readonly InspectedTensor[]): readonly string[] {
  const broken = tensors.filter(({ statistics }) => (statistics?.nan ?? 0) + (statistics?.infinite ?? 0) > 0)
  const empty = tensors.filter(({ statistics }) => statistics?.zeros === 1)
  const unread = tensors.filter((tensor) => tensor.unread !== null)
  return [
    ...(broken.length === 0 ? [] : [`NaN or infinite values in ${named(broken)}: the model is damaged.`]),
    ...(empty.length === 0 ? [] : [`Nothing but zeros in ${named(empty)}.`]),
    ...(unread.length === 0 ? [] : [`Not read: ${named(unread)}.`]),
  ]
}

const MAX_NAMED = 3

function named(tensors: readonly InspectedTensor[]): string {
  const names = tensors.slice(0, MAX_NAMED).map(({ name }) => cell(name))
  const more = tensors.length - names.length
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

/** A name is a stranger's text: nothing in it may colour, move or clear anything. */
function cell(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

function valueRow({ name, shape, type, statistics, unread }: InspectedTensor): readonly string[] {
  const what = [cell(name), shape.join(' x '), type]
  if (statistics === null) return [...what, unread ?? '']
  const { min, max, mean, std, zeros, nan, infinite } = statistics
  return [
    ...what,
    ...[min, max, mean, std].map(figure),
    zeros === 0 ? '0' : `${(100 * zeros).toFixed(2)} %`,
    String(nan),
    String(infinite),
  ]
}

export function figure(value: number | null): string {
  if (value === null) return '-'
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

export function tokenizerText({ samples, problem }: InspectedTokenizer): string {
  if (samples === null) return `not known: ${problem ?? ''}`
  const head = ['LANGUAGE', 'WORDS', 'TOKENS', 'TOKENS PER WORD', 'TIMES ENGLISH', 'UNKNOWN']
  return [table([head, ...samples.map(sampleRow)]), '', ...samples.map(cutText)].join('\n')
}

function sampleRow(sample: TokenizerSample): readonly string[] {
  const { language, words, tokens, tokens_per_word, times_english, unknown } = sample
  return [
    LANGUAGE_NAMES[language],
    String(words),
    String(tokens),
    tokens_per_word.toFixed(2),
    times_english.toFixed(2),
    String(unknown),
  ]
}

function cutText({ language, pieces }: TokenizerSample): string {
  return `${language}  ${pieces.map(cell).join('|')}`
}
