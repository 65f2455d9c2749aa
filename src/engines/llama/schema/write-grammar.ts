import { choice, isNever, never, repeat, sequence, type Expression } from './expression.ts'

export type RuleBodies = ReadonlyMap<string, Expression>

/**
 * The rules as the engine reads them, those that `start` needs and no others; undefined when nothing matches `start`: a
 * value that must hold itself has no end.
 */
export function writeGrammar(rules: RuleBodies, start: Expression): string | undefined {
  const ending = endingRules(rules)
  const root = pruned(start, ending)
  if (isNever(root)) return undefined
  const needed = new Map<string, Expression>([['root', root]])
  for (const body of needed.values())
    for (const name of rulesOf(body))
      if (!needed.has(name)) needed.set(name, pruned(rules.get(name) ?? never, ending))
  return [...needed].map(([name, body]) => `${name} ::= ${written(body, 'rule')}`).join('\n')
}

/** Names of rules that some finite text matches. */
function endingRules(rules: RuleBodies): ReadonlySet<string> {
  const ending = new Set<string>()
  const waiting = new Map(rules)
  // Each round but the last ends at least one more rule, and an order of depth ends nearly all in few rounds.
  for (let before = -1; before !== ending.size;) {
    before = ending.size
    for (const [name, body] of [...waiting].toReversed())
      if (ends(body, ending)) {
        ending.add(name)
        waiting.delete(name)
      }
  }
  return ending
}

function ends(expression: Expression, ending: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'text':
    case 'source':
      return true
    case 'rule':
      return ending.has(expression.name)
    case 'sequence':
      return expression.items.every((item) => ends(item, ending))
    case 'choice':
      return expression.options.some((option) => ends(option, ending))
    case 'repeat':
      return expression.least === 0 || ends(expression.item, ending)
    default:
      return expression satisfies never
  }
}

/** Without what never ends: a model that went there would write until its limit. */
function pruned(expression: Expression, ending: ReadonlySet<string>): Expression {
  switch (expression.kind) {
    case 'rule':
      return ending.has(expression.name) ? expression : never
    case 'sequence':
      return sequence(...expression.items.map((item) => pruned(item, ending)))
    case 'choice':
      return choice(expression.options.map((option) => pruned(option, ending)).filter((each) => !isNever(each)))
    case 'repeat':
      return repeat(pruned(expression.item, ending), expression.least, expression.most)
    default:
      return expression
  }
}

function rulesOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'rule':
      return [expression.name]
    case 'source':
      // What stands in quotes or brackets is no name.
      return expression.source.replace(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]/g, ' ').match(/[a-z][a-z-]*/g) ?? []
    case 'sequence':
      return expression.items.flatMap(rulesOf)
    case 'choice':
      return expression.options.flatMap(rulesOf)
    case 'repeat':
      return rulesOf(expression.item)
    default:
      return []
  }
}

type Around = 'rule' | 'sequence' | 'repeat'

function written(expression: Expression, around: Around): string {
  switch (expression.kind) {
    case 'text':
      return quoted(expression.text)
    case 'source':
      return around === 'rule' ? expression.source : `(${expression.source})`
    case 'rule':
      return expression.name
    case 'sequence':
      return inGroup(expression.items.map((item) => written(item, 'sequence')).join(' ') || '""', around === 'repeat')
    case 'choice':
      return inGroup(expression.options.map((option) => written(option, 'sequence')).join(' | '), around !== 'rule')
    case 'repeat':
      return `${written(expression.item, 'repeat')}${times(expression.least, expression.most)}`
    default:
      return expression satisfies never
  }
}

function inGroup(body: string, grouped: boolean): string {
  return grouped ? `(${body})` : body
}

function times(least: number, most: number): string {
  if (least === 0 && most === 1) return '?'
  if (most === Infinity) return least === 0 ? '*' : `{${least},}`
  return `{${least},${most}}`
}

function quoted(written: string): string {
  return `"${written.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
