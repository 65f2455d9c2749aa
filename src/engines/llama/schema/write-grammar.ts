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
  // What is repeated becomes a rule while it is written: it joins the end of what is walked here.
  const repeated = (item: Expression): string => {
    const name = `more-${needed.size}`
    needed.set(name, item)
    return name
  }
  const lines: string[] = []
  for (const [name, body] of needed) {
    for (const used of rulesOf(body))
      if (!needed.has(used)) needed.set(used, pruned(rules.get(used) ?? never, ending))
    lines.push(`${name} ::= ${written(body, 'rule', repeated)}`)
  }
  return lines.join('\n')
}

/** Names of rules that some finite text matches. */
function endingRules(rules: RuleBodies): ReadonlySet<string> {
  const users = new Map<string, string[]>()
  for (const [name, body] of rules)
    for (const used of rulesOf(body)) {
      const known = users.get(used)
      if (known === undefined) users.set(used, [name])
      else known.push(name)
    }
  const ending = new Set<string>()
  const waiting = [...rules.keys()]
  // A rule is looked at again when one that it uses has been found to end: as often as there are uses, and no more.
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (ending.has(name) || !ends(rules.get(name) ?? never, ending)) continue
    ending.add(name)
    waiting.push(...(users.get(name) ?? []))
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
      return choice(
        expression.options.map((option) => pruned(option, ending)).filter((each) => !isNever(each)),
      )
    case 'repeat':
      return repeat(pruned(expression.item, ending), expression.least, expression.most)
    default:
      return expression
  }
}

function rulesOf(expression: Expression, names = new Set<string>()): ReadonlySet<string> {
  switch (expression.kind) {
    case 'text':
      break
    case 'rule':
      names.add(expression.name)
      break
    case 'source':
      for (const name of expression.uses) names.add(name)
      break
    case 'repeat':
      rulesOf(expression.item, names)
      break
    case 'sequence':
      for (const item of expression.items) rulesOf(item, names)
      break
    case 'choice':
      for (const option of expression.options) rulesOf(option, names)
      break
    default:
      expression satisfies never
  }
  return names
}

type Around = 'rule' | 'sequence' | 'repeat'

function written(expression: Expression, around: Around, repeated: (item: Expression) => string): string {
  switch (expression.kind) {
    case 'text':
      return quoted(expression.text)
    case 'source':
      return inGroup(expression.source, around === 'repeat')
    case 'rule':
      return expression.name
    case 'sequence': {
      const items = expression.items.map((item) => written(item, 'sequence', repeated))
      return inGroup(items.join(' ') || '""', around === 'repeat')
    }
    case 'choice': {
      const options = expression.options.map((option) => written(option, 'sequence', repeated))
      return inGroup(options.join(' | '), around !== 'rule')
    }
    case 'repeat': {
      const { item, least, most } = expression
      return `${many(expression) ? repeated(item) : written(item, 'repeat', repeated)}${times(least, most)}`
    }
    default:
      return expression satisfies never
  }
}

/** The engine takes groups within what is repeated so many times over, and refuses above 2,000 in all; a rule is one. */
function many({ item, least, most }: Extract<Expression, { kind: 'repeat' }>): boolean {
  const counted = most === Infinity ? least : most
  return counted > 1 && (item.kind === 'sequence' || item.kind === 'choice')
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
