/**
 * A grammar before it is text. What nothing can match is the choice between no options, so that an impossible part makes
 * impossible what needs it, and vanishes from what does not.
 */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  /** GBNF that is known to match something: one thing after the other, alternatives only in a group. */
  | { readonly kind: 'source'; readonly source: string; readonly uses: readonly string[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'sequence'; readonly items: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly item: Expression; readonly least: number; readonly most: number }

export const nothing: Expression = { kind: 'sequence', items: [] }
export const never: Expression = { kind: 'choice', options: [] }

export function isNever(expression: Expression): boolean {
  return expression.kind === 'choice' && expression.options.length === 0
}

export function text(written: string): Expression {
  return written === '' ? nothing : { kind: 'text', text: written }
}

/** `uses`: the names of rules in it. */
export function source(gbnf: string, uses: readonly string[] = []): Expression {
  return { kind: 'source', source: gbnf, uses }
}

export function rule(name: string): Expression {
  return { kind: 'rule', name }
}

export function sequence(...items: readonly Expression[]): Expression {
  if (items.some(isNever)) return never
  const flat = items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]))
  const [only] = flat
  return flat.length === 1 && only !== undefined ? only : { kind: 'sequence', items: flat }
}

export function choice(options: readonly Expression[]): Expression {
  const flat = options.flatMap((option) => (option.kind === 'choice' ? option.options : [option]))
  const [only] = flat
  return flat.length === 1 && only !== undefined ? only : { kind: 'choice', options: flat }
}

/** `most` may be Infinity. */
export function repeat(item: Expression, least: number, most: number): Expression {
  if (most < least) return never
  if (most === 0 || (isNever(item) && least === 0)) return nothing
  if (isNever(item)) return never
  return least === 1 && most === 1 ? item : { kind: 'repeat', item, least, most }
}

export function optional(item: Expression): Expression {
  return repeat(item, 0, 1)
}

export function separated(item: Expression, least: number, most: number): Expression {
  if (most < least) return never
  if (most === 0) return nothing
  const more = repeat(sequence(COMMA, item), Math.max(0, least - 1), most - 1)
  return least > 0 ? sequence(item, more) : optional(sequence(item, more))
}

/** A JSON value as the exact text the model must write. */
export function literal(value: unknown): Expression {
  return text(JSON.stringify(value))
}

/**
 * One of these texts, sharing beginnings: 100 to 999 becomes three digits deep instead of 900 wide. The engine walks
 * every alternative for every token of its vocabulary, which made one answer take seconds.
 */
export function oneOfTexts(texts: Iterable<string>): Expression {
  const branches = Map.groupBy(new Set(texts), (each) =>
    each.slice(0, (each.codePointAt(0) ?? 0) > 0xffff ? 2 : 1),
  )
  return choice(
    [...branches].map(([letter, branch]) => {
      const rests = branch.map((each) => each.slice(letter.length))
      return rests.length === 1 ? text(branch[0] ?? '') : sequence(text(letter), oneOfTexts(rests))
    }),
  )
}

/** How many rules of its own the engine makes of the repetitions in here. */
export function repetitions(expression: Expression): number {
  switch (expression.kind) {
    case 'sequence':
      return expression.items.reduce((sum, item) => sum + repetitions(item), 0)
    case 'choice':
      return expression.options.reduce((sum, option) => sum + repetitions(option), 0)
    case 'repeat': {
      const { item, least, most } = expression
      return (most === Infinity ? least + 1 : most) + repetitions(item)
    }
    default:
      return 0
  }
}

export const WS: Expression = rule('ws')
export const COMMA: Expression = sequence(text(','), WS)
