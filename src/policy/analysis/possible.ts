import { findFact, type FactName } from '../facts/fact-table.ts'
import type { Assignment } from './enumerate.ts'

/** Combinations that no request, caller or model can have. Facts that are not assigned rule nothing out. */
export function isPossible({ facts, assigned }: Assignment): boolean {
  const value = (name: FactName) => {
    const fact = findFact(name)
    return fact !== undefined && assigned.has(fact) ? { is: facts[fact.slot] } : undefined
  }
  if (value('principal.kind')?.is === 'anonymous') {
    if (OF_A_KEY.some((name) => value(name)?.is !== undefined)) return false
    const clearances = value('principal.clearances')?.is
    if (Array.isArray(clearances) && clearances.length > 0) return false
  }
  if (value('principal.kind')?.is === 'key' && NEVER_MISSING.some((name) => isMissing(value(name))))
    return false
  const [runs, local, engine] = [value('model.runs'), value('model.local'), value('model.engine')]
  if (runs !== undefined && local !== undefined && (runs.is !== 'remote') !== local.is) return false
  const loadedHere = engine?.is === 'llama' || engine?.is === 'llama-server'
  return !(loadedHere && runs !== undefined && runs.is !== 'in-process')
}

const OF_A_KEY = ['principal.key', 'principal.team', 'principal.project', 'principal.role'] as const
const NEVER_MISSING = ['principal.key', 'principal.role'] as const

function isMissing(value: { readonly is: unknown } | undefined): boolean {
  return value !== undefined && value.is === undefined
}
