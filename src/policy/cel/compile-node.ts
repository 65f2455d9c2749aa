import { strict as assert } from 'node:assert'
import type { ASTNode } from '@marcbachmann/cel-js'
import { findFact, type Fact, type Value } from '../facts/fact-table.ts'
import { asList, type Node } from './node.ts'
import { dotted } from './read-mentions.ts'

/** Closures for a tree that `readMentions` and the type check have accepted; anything else in it is a mistake of ours. */
export function compileNode(ast: ASTNode): Node {
  switch (ast.op) {
    case 'value':
      return constantNode(typeof ast.args === 'bigint' ? Number(ast.args) : (ast.args as Value))
    case 'id':
      return { evaluate: (_, element) => element, operands: [] }
    case '.':
      return factNode(findFact(dotted(ast) ?? ''))
    case 'list':
      return listNode(ast.args.map(compileNode))
    case '&&':
      return andNode(compileNode(ast.args[0]), compileNode(ast.args[1]))
    case '||':
      return orNode(compileNode(ast.args[0]), compileNode(ast.args[1]))
    case '!_':
      return unary(compileNode(ast.args), (value) => value !== true)
    case '-_':
      return unary(compileNode(ast.args), (value) => -(value as number))
    case '?:':
      return choiceNode(...(ast.args.map(compileNode) as [Node, Node, Node]))
    case 'in':
      return inNode(compileNode(ast.args[0]), compileNode(ast.args[1]))
    case 'call':
      return ast.args[0] === 'has' ? hasNode(compiled(ast.args[1][0])) : sizeNode(compiled(ast.args[1][0]))
    case 'rcall':
      return methodNode(...ast.args)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(ast.op, compileNode(ast.args[0]), compileNode(ast.args[1]))
    default:
      throw new TypeError(`a condition holds ${ast.op}, which was to be refused when it was read`)
  }
}

function compiled(ast: ASTNode | undefined): Node {
  assert(ast !== undefined, 'the type check lets no argument be missing')
  return compileNode(ast)
}

function constantNode(value: Value): Node {
  return { evaluate: () => value, operands: [], constant: value }
}

function factNode(fact: Fact | undefined): Node {
  assert(fact !== undefined, 'unknown facts are refused when a condition is read')
  const { slot } = fact
  return { evaluate: (facts) => facts[slot], operands: [], fact }
}

function listNode(entries: readonly Node[]): Node {
  const evaluate: Node['evaluate'] = (facts, element) => {
    const values = entries.map((entry) => entry.evaluate(facts, element))
    return values.includes(undefined) ? undefined : (values as unknown as readonly string[])
  }
  const constant = entries.every(({ operands, fact }) => operands.length === 0 && fact === undefined)
  // A list of constants is the same list for every request.
  return constant ? constantNode(evaluate([], '') ?? []) : { evaluate, operands: entries }
}

function andNode(left: Node, right: Node): Node {
  return {
    evaluate: (facts, element) => {
      const first = left.evaluate(facts, element)
      if (first === false) return false
      const second = right.evaluate(facts, element)
      return second === false ? false : first === undefined ? undefined : second
    },
    operands: [left, right],
  }
}

function orNode(left: Node, right: Node): Node {
  return {
    evaluate: (facts, element) => {
      const first = left.evaluate(facts, element)
      if (first === true) return true
      const second = right.evaluate(facts, element)
      return second === true ? true : first === undefined ? undefined : second
    },
    operands: [left, right],
  }
}

function choiceNode(condition: Node, yes: Node, no: Node): Node {
  return {
    evaluate: (facts, element) => {
      const chosen = condition.evaluate(facts, element)
      return chosen === undefined ? undefined : (chosen === true ? yes : no).evaluate(facts, element)
    },
    operands: [condition, yes, no],
  }
}

function hasNode(of: Node): Node {
  return { evaluate: (facts, element) => of.evaluate(facts, element) !== undefined, operands: [] }
}

function sizeNode(of: Node): Node {
  // CEL counts code points of a text, as people count characters.
  return unary(of, (value) => Array.from(value as string | readonly string[]).length)
}

function inNode(entry: Node, list: Node): Node {
  const general = binary(entry, list, (value, entries) => asList(entries).includes(value as string))
  const { fact } = list
  const { constant } = entry
  if (fact === undefined || typeof constant !== 'string') return general
  const { slot } = fact
  return {
    ...general,
    evaluate: (facts) => {
      const entries = facts[slot]
      return entries === undefined ? undefined : asList(entries).includes(constant)
    },
  }
}

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** A fact beside a constant is what nine comparisons in ten are: one step in place of three. */
function comparison(operator: Operator, left: Node, right: Node): Node {
  const general = binary(left, right, COMPARISONS[operator])
  const { fact } = left
  const { constant } = right
  if (fact === undefined || constant === undefined) return general
  return { ...general, evaluate: withConstant(operator, fact.slot, constant) }
}

function withConstant(operator: Operator, slot: number, constant: Value): Node['evaluate'] {
  switch (operator) {
    case '==':
      return (facts) => (facts[slot] === undefined ? undefined : facts[slot] === constant)
    case '!=':
      return (facts) => (facts[slot] === undefined ? undefined : facts[slot] !== constant)
    default: {
      const compare = COMPARISONS[operator]
      return (facts) => {
        const value = facts[slot]
        return value === undefined ? undefined : compare(value, constant)
      }
    }
  }
}

function methodNode(name: string, target: ASTNode, args: readonly ASTNode[]): Node {
  if (name === 'size') return sizeNode(compileNode(target))
  if (name === 'exists') return loopNode(compileNode(target), compiled(args[1]), true)
  if (name === 'all') return loopNode(compileNode(target), compiled(args[1]), false)
  const test = TEXT_TESTS[name]
  assert(test !== undefined, `the method ${name} was to be refused when the condition was read`)
  return binary(compileNode(target), compiled(args[0]), test)
}

/** `exists` ends at the first entry that is true, `all` at the first that is false; one unknown entry makes the rest undecided. */
function loopNode(list: Node, each: Node, until: boolean): Node {
  return {
    evaluate: (facts, element) => {
      const entries = list.evaluate(facts, element)
      if (entries === undefined) return undefined
      let unknown = false
      for (const entry of asList(entries)) {
        const value = each.evaluate(facts, entry)
        if (value === until) return until
        if (value === undefined) unknown = true
      }
      return unknown ? undefined : !until
    },
    operands: [list, each],
    loop: true,
  }
}

function unary(of: Node, compute: (value: Value) => Value): Node {
  return {
    evaluate: (facts, element) => {
      const value = of.evaluate(facts, element)
      return value === undefined ? undefined : compute(value)
    },
    operands: [of],
  }
}

function binary(left: Node, right: Node, compute: (left: Value, right: Value) => boolean): Node {
  return {
    evaluate: (facts, element) => {
      const first = left.evaluate(facts, element)
      const second = right.evaluate(facts, element)
      return first === undefined || second === undefined ? undefined : compute(first, second)
    },
    operands: [left, right],
  }
}

const COMPARISONS: Readonly<Record<Operator, (left: Value, right: Value) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

const TEXT_TESTS: Readonly<Record<string, (text: Value, part: Value) => boolean>> = {
  startsWith: (text, part) => (text as string).startsWith(part as string),
  endsWith: (text, part) => (text as string).endsWith(part as string),
  contains: (text, part) => (text as string).includes(part as string),
}
