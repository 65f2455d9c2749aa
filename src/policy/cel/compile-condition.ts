import { serialize, type ParseResult, type TypeCheckResult } from '@marcbachmann/cel-js'
import { invalid, type MusivumError } from '../../core/errors.ts'
import type { Fact, FactName, Facts } from '../facts/fact-table.ts'
import { compileNode } from './compile-node.ts'
import { environment, MAX_CONDITION_CHARS } from './environment.ts'
import { missingFact } from './node.ts'
import { readMentions, type Comparison } from './read-mentions.ts'

/** A condition over facts: compiled once, evaluated in well under a microsecond. */
export type Condition = {
  /** As CEL writes it: two texts that differ in spaces only are one condition. */
  readonly text: string
  /** Undefined: a fact is missing that decides, and `missing` says which. */
  readonly holds: (facts: Facts) => boolean | undefined
  readonly missing: (facts: Facts) => FactName | undefined
  /** Every fact it reads, once. */
  readonly mentions: readonly Fact[]
  /** What its facts are compared with: the analyses enumerate from it. */
  readonly comparisons: readonly Comparison[]
}

/**
 * @throws MusivumError `request.invalid`: what is wrong with the text, without its place: unknown facts with the nearest
 * name, wrong types, and what could run long
 */
export function compileCondition(text: string): Condition {
  if (text.length > MAX_CONDITION_CHARS)
    throw invalid(`has ${text.length} characters; at most ${MAX_CONDITION_CHARS} are read`)
  const expression = parsed(text)
  const { ast } = expression
  // Before the type check: it would say `No such key` and not what was meant.
  const { facts, comparisons } = readMentions(ast)
  checkType(text, facts, expression.check())
  const node = compileNode(ast)
  return {
    text: serialize(ast),
    holds: (facts) => {
      const value = node.evaluate(facts, '')
      return value === undefined ? undefined : value === true
    },
    missing: (facts) => missingFact(node, facts),
    mentions: facts,
    comparisons,
  }
}

function parsed(text: string): ParseResult {
  try {
    return environment().parse(text)
  } catch (thrown) {
    throw invalid(whyNotParsed(thrown))
  }
}

function whyNotParsed(thrown: unknown): string {
  const { code, summary } = thrown as { readonly code?: string; readonly summary?: string }
  if (code !== 'limit_exceeded') return `is not a CEL expression: ${summary ?? 'it cannot be read'}`
  return `could run long: ${summary?.replace(/^Exceeded /, 'over the bound ') ?? 'too large'}; split it into several rules`
}

function checkType(text: string, facts: readonly Fact[], { valid, type, error }: TypeCheckResult): void {
  if (!valid) throw wrongType(text, facts, error)
  if (type !== 'bool') throw invalid(`is ${article(type)}; expected a condition that is true or false`)
}

function article(type: string | undefined): string {
  return type === 'int' ? 'a whole number' : type === 'double' ? 'a number' : `of type ${type ?? 'unknown'}`
}

type CheckError = {
  readonly summary: string
  readonly range?: { readonly start: number; readonly end: number }
}

/** Names the part, and what type each fact in it has: `no such overload: string > int` alone helps nobody. */
function wrongType(text: string, facts: readonly Fact[], error: CheckError | undefined): MusivumError {
  const part = error?.range === undefined ? text : text.slice(error.range.start, error.range.end)
  const types = facts.filter(({ name }) => part.includes(name)).map(({ name, type }) => `${name} is ${type}`)
  const what = (error?.summary ?? 'wrong types').replace(
    /^no such overload: /,
    'cannot be said of these types: ',
  )
  const hint = /double (==|!=) int|int (==|!=) double/.test(what) ? '; write the number as 1.0' : ''
  return invalid(`${what}${types.length === 0 ? '' : ` (${types.join(', ')})`}${hint}`)
}
