import { findFact, type Fact, type Value } from './facts/fact-table.ts'
import type { Obligation } from './rules/rule.ts'

/** A duty that binds the model itself, not only what is done with its answer: which models can be asked under it. */
type Binding = {
  readonly slot: number
  readonly fact: Fact | undefined
  readonly is: Value
  readonly why: string
}

const BINDING: ReadonlyMap<Obligation, Binding> = new Map([
  ['local-only', binding('model.local', true, 'local-only, and the model is not local')],
  ['watermark', binding('model.engine', 'llama', 'watermark, which only the embedded engine can write')],
])

function binding(name: Parameters<typeof findFact>[0], is: Value, why: string): Binding {
  const fact = findFact(name)
  return { fact, slot: fact?.slot ?? -1, is, why }
}

/**
 * Why a model with these facts cannot be asked under these duties; undefined where it can. With `assigned`, facts outside it are
 * still open and speak against nothing.
 */
export function unfitFor(
  obligations: readonly Obligation[],
  facts: readonly (Value | undefined)[],
  assigned?: ReadonlySet<Fact>,
): string | undefined {
  for (const obligation of obligations) {
    const bound = BINDING.get(obligation)
    if (bound === undefined || facts[bound.slot] === bound.is) continue
    const open = assigned !== undefined && bound.fact !== undefined && !assigned.has(bound.fact)
    if (!open) return bound.why
  }
  return undefined
}
