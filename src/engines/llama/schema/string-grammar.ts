import { repeat, repetitions, rule, sequence, text, type Expression } from './expression.ts'
import { formatGrammar } from './format-grammar.ts'
import { patternGrammar } from './pattern-grammar.ts'
import { having, leave, numbersOf, type Leaf } from './schema-part.ts'

/** What the engine repeats at once; it refuses over 2,000. */
const MAX_LENGTH = 1_000

export function stringGrammar(leaf: Leaf): Expression {
  const quote = text('"')
  return sequence(quote, stringContent(leaf), quote)
}

/** One of its keywords becomes grammar, the one that says most; what stands beside it is left to the validator. */
export function stringContent(leaf: Leaf): Expression {
  const special = bySpecial(leaf, 'format', formatGrammar) ?? bySpecial(leaf, 'pattern', patternGrammar)
  if (special === undefined) return byLength(leaf)
  leave(leaf, 'minLength', 'maxLength')
  return special
}

function bySpecial(
  leaf: Leaf,
  keyword: 'format' | 'pattern',
  translate: (word: string) => Expression | undefined,
): Expression | undefined {
  const [first, ...others] = having(leaf.parts, keyword)
  if (first === undefined) return undefined
  const body = translate(first.schema as string)
  const fits = body !== undefined && leaf.rules.mayRepeat(repetitions(body))
  const same = others.every(({ schema }) => schema === first.schema)
  const beside = keyword === 'format' && having(leaf.parts, 'pattern').length > 0
  if (!fits || !same) leave(leaf, keyword)
  if (fits && beside) leave(leaf, 'pattern')
  return fits ? body : undefined
}

function byLength(leaf: Leaf): Expression {
  const least = Math.max(0, ...numbersOf(leaf.parts, 'minLength'))
  const most = Math.min(Infinity, ...numbersOf(leaf.parts, 'maxLength'))
  if (least === 0 && most === Infinity) return repeat(rule('char'), 0, Infinity)
  const [from, to] = repeatable(leaf, least, most, ['minLength', 'maxLength'])
  return repeat(rule('plain-char'), from, to)
}

/** Bounds as far as the engine repeats them; beyond that they are left to the validator. */
export function repeatable(
  leaf: Leaf,
  least: number,
  most: number,
  keywords: readonly [string, string],
): readonly [number, number] {
  const counted = most === Infinity ? least : Math.max(least, most)
  if (counted <= MAX_LENGTH && leaf.rules.mayRepeat(counted)) return [least, most]
  leave(leaf, ...keywords)
  const few = least <= MAX_LENGTH && leaf.rules.mayRepeat(least)
  return [few ? least : 0, most < least ? -1 : Infinity]
}
