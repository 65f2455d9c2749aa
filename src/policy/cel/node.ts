import type { Fact, FactName, Facts, Value } from '../facts/fact-table.ts'

/**
 * One node of a compiled condition. Undefined means that a fact is missing which decides: `a && b` with `b` false is
 * false whatever `a` is, and unknown when `a` is missing and `b` true (Kleene's logic, as CEL treats errors).
 */
export type Node = {
  /** `element` is the entry that the loop around the node is at, '' outside of one. */
  readonly evaluate: (facts: Facts, element: string) => Value | undefined
  readonly operands: readonly Node[]
  /** The node is this fact. */
  readonly fact?: Fact
  /** The node is this constant. */
  readonly constant?: Value
  /** The node is a loop: its operands are the list and what is asked of each entry. */
  readonly loop?: true
}

/** The first fact whose absence keeps a node from having a value. Only for nodes whose value is undefined. */
export function missingFact(node: Node, facts: Facts, element = ''): FactName | undefined {
  if (node.fact !== undefined) return node.fact.name
  if (node.loop === true) return missingInLoop(node, facts, element)
  const lost = node.operands.find((operand) => operand.evaluate(facts, element) === undefined)
  return lost === undefined ? undefined : missingFact(lost, facts, element)
}

function missingInLoop(
  { operands: [list, each] }: Node,
  facts: Facts,
  element: string,
): FactName | undefined {
  const entries = list?.evaluate(facts, element)
  if (list === undefined || each === undefined) return undefined
  if (entries === undefined) return missingFact(list, facts, element)
  const lost = asList(entries).find((entry) => each.evaluate(facts, entry) === undefined)
  return lost === undefined ? undefined : missingFact(each, facts, lost)
}

/** The type check has made sure of the kind; this only tells the compiler. */
export function asList(value: Value): readonly string[] {
  return value as readonly string[]
}
