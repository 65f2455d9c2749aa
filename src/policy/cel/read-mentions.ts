import type { ASTNode } from '@marcbachmann/cel-js'
import { invalid, type MusivumError } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import { facts as allFacts, findFact, type Fact } from '../facts/fact-table.ts'

/** Facts and constants that stand in one comparison: on either side of the constants the outcome may be another. */
export type Comparison = {
  readonly how: 'compare' | 'order' | 'startsWith' | 'endsWith' | 'contains' | 'size'
  readonly facts: readonly Fact[]
  readonly constants: readonly (string | number)[]
}

export type Mentions = { readonly facts: readonly Fact[]; readonly comparisons: readonly Comparison[] }

/**
 * Every fact that an expression reads, and what with. Refuses what is not a fact, and what a condition cannot be made of.
 *
 * @throws MusivumError `request.invalid`
 */
export function readMentions(ast: ASTNode): Mentions {
  const found = new Set<Fact>()
  const comparisons: Comparison[] = []
  visit(ast, new Map(), { found, comparisons })
  return { facts: [...found], comparisons }
}

type Sink = { readonly found: Set<Fact>; readonly comparisons: Comparison[] }

/** What the variable of a loop stands for: an entry of this fact, or of a list of constants. */
type Bound = ReadonlyMap<string, Side>
type Side = { readonly facts: readonly Fact[]; readonly constants: readonly (string | number)[] }

const NOTHING: Side = { facts: [], constants: [] }

/** The facts and constants under a node. */
function visit(ast: ASTNode, bound: Bound, sink: Sink): Side {
  switch (ast.op) {
    case 'value':
      return constant(ast.args)
    case 'id':
      return variable(ast.args, bound)
    case '.':
      return factSide(ast, bound, sink)
    case 'list':
      return together(ast.args.map((each) => visit(each, bound, sink)))
    case '&&':
    case '||':
    case '?:':
      return together(ast.args.map((each) => visit(each, bound, sink)))
    case '!_':
    case '-_':
      return negative(ast, visit(ast.args, bound, sink))
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
      return compared(ast.op, ast.args, bound, sink)
    case 'call':
      return called(ast.args, bound, sink)
    case 'rcall':
      return method(ast.args, bound, sink)
    default:
      throw notPart(ast.op)
  }
}

function together(sides: readonly Side[]): Side {
  return {
    facts: sides.flatMap((side) => side.facts),
    constants: sides.flatMap((side) => side.constants),
  }
}

function constant(value: unknown): Side {
  if (typeof value === 'bigint') return { facts: [], constants: [Number(value)] }
  if (typeof value === 'string' || typeof value === 'number') return { facts: [], constants: [value] }
  if (typeof value === 'boolean') return NOTHING
  throw invalid(
    'null, bytes and unsigned numbers are no values of facts; `has(model.region)` asks what is known',
  )
}

function negative(ast: ASTNode, side: Side): Side {
  if (ast.op !== '-_') return side
  if (side.facts.length > 0) throw notPart('-')
  return { facts: [], constants: side.constants.map((each) => (typeof each === 'number' ? -each : each)) }
}

function variable(name: string, bound: Bound): Side {
  const side = bound.get(name)
  if (side !== undefined) return side
  throw unknownFact(name)
}

function factSide(ast: ASTNode & { readonly op: '.' }, bound: Bound, sink: Sink): Side {
  const name = dotted(ast)
  if (name === undefined) throw notPart('.')
  const fact = findFact(name)
  if (fact === undefined) {
    if (bound.has(name.split('.')[0] ?? '')) throw invalid(`${name}: an entry of a list has no fields`)
    throw unknownFact(name)
  }
  sink.found.add(fact)
  return { facts: [fact], constants: [] }
}

/** `model.licence.spdx` where the tree says so; undefined where something else than names is chained. */
export function dotted(ast: ASTNode): string | undefined {
  if (ast.op === 'id') return ast.args
  if (ast.op !== '.') return undefined
  const [inner, last] = ast.args
  const before = dotted(inner)
  return before === undefined ? undefined : `${before}.${last}`
}

function unknownFact(name: string): MusivumError {
  const shown = name.slice(0, MAX_SHOWN_CHARS)
  const inside = allFacts.filter((fact) => fact.name.startsWith(`${name}.`))
  if (inside.length > 0)
    return invalid(`${shown} is not a fact by itself; it has ${inside.map((fact) => fact.name).join(', ')}`)
  const [nearest] = nearestNames(
    name,
    allFacts.map((fact) => fact.name),
    1,
  )
  const known = 'facts are of request, principal, organisation and model'
  return invalid(`unknown fact ${shown}; ${nearest === undefined ? known : `did you mean ${nearest}?`}`)
}

const MAX_SHOWN_CHARS = 64

function compared(op: string, sides: readonly ASTNode[], bound: Bound, sink: Sink): Side {
  const side = together(sides.map((each) => visit(each, bound, sink)))
  const { facts, constants } = side
  if (op !== 'in' && facts.some(({ type }) => type === 'list<string>') && !isEntry(sides, bound))
    throw invalid('lists are compared with `in`, `exists`, `all` or `size`, not with == or <')
  const orders = op !== '==' && op !== '!=' && op !== 'in'
  sink.comparisons.push({ how: orders ? 'order' : 'compare', facts, constants })
  if (!orders) checkPossible(facts, constants)
  return NOTHING
}

/** Either side is the variable of a loop, or a size, whose facts are lists and whose own values are not. */
function isEntry(sides: readonly ASTNode[], bound: Bound): boolean {
  return sides.some(
    (side) => (side.op === 'id' && bound.has(side.args)) || side.op === 'call' || side.op === 'rcall',
  )
}

/** A word that the fact can never be is a mistake in writing, and the rule would be silently without effect. */
function checkPossible(facts: readonly Fact[], constants: readonly (string | number)[]): void {
  for (const { name, values, form } of facts) {
    const wrong = constants.find(
      (each) => values?.includes(each) === false || (typeof each === 'string' && form?.fits(each) === false),
    )
    if (wrong === undefined) continue
    const hint = form === undefined ? hintOf(wrong, values ?? []) : `it is ${form.expected(String(wrong))}`
    throw invalid(`${name} is never ${String(wrong).slice(0, MAX_SHOWN_CHARS)}; ${hint}`)
  }
}

function hintOf(wrong: string | number, values: readonly (string | number)[]): string {
  const [nearest] = typeof wrong === 'string' ? nearestNames(wrong, values.map(String), 1) : []
  return nearest === undefined ? `it is one of ${values.join(', ')}` : `did you mean ${nearest}?`
}

function called([name, args]: readonly [string, readonly ASTNode[]], bound: Bound, sink: Sink): Side {
  const side = together(args.map((each) => visit(each, bound, sink)))
  if (name === 'has') return NOTHING
  if (name !== 'size') throw notPart(`${name}()`)
  return sized(side, sink)
}

function sized({ facts }: Side, sink: Sink): Side {
  sink.comparisons.push({ how: 'size', facts, constants: [] })
  return { facts, constants: [] }
}

const TEXT_METHODS = ['startsWith', 'endsWith', 'contains'] as const

function method(
  [name, target, args]: readonly [string, ASTNode, readonly ASTNode[]],
  bound: Bound,
  sink: Sink,
): Side {
  if (name === 'exists' || name === 'all') return loop(target, args, bound, sink)
  if (name === 'size') return sized(visit(target, bound, sink), sink)
  const how = TEXT_METHODS.find((each) => each === name)
  if (how === undefined) throw notPart(`${name}()`)
  const side = together([target, ...args].map((each) => visit(each, bound, sink)))
  sink.comparisons.push({ how, ...side })
  return NOTHING
}

function loop(list: ASTNode, args: readonly ASTNode[], bound: Bound, sink: Sink): Side {
  const [name, each] = args
  if (bound.size > 0) throw invalid('could run long: a loop (`exists`, `all`) inside of another')
  if (name?.op !== 'id' || each === undefined)
    throw invalid('a loop is written `request.kinds.exists(kind, …)`')
  const entries = visit(list, bound, sink)
  visit(each, new Map([[name.args, entries]]), sink)
  return NOTHING
}

function notPart(what: string): MusivumError {
  const shown = what.slice(0, MAX_SHOWN_CHARS)
  const why = what === 'matches()' ? 'a regular expression can run long' : `${shown} is not part of it`
  return invalid(
    `${why}; conditions are made of && || ! == != < <= > >= in ?:, has, size, startsWith, endsWith, contains, exists and all`,
  )
}
