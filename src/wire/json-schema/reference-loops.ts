import { SchemaFault } from './schema-fault.ts'

/** From the place of a schema to the places that are checked on the same value. */
export type SameValue = ReadonlyMap<string, readonly string[]>

/**
 * Refuses a schema that asks of a value what it asks of the same value, such as `{"$ref": "#"}`: no answer ever ends it. One
 * that comes back by way of a property or an item ends with the answer, and is how lists and trees are described.
 */
export function refuseLoops(sameValue: SameValue): void {
  const state = new Map<string, 'open' | 'done'>()
  const enter = (at: string): void => {
    if (state.get(at) === 'done') return
    if (state.get(at) === 'open') throw new SchemaFault(at, 'refers to itself without end')
    state.set(at, 'open')
    for (const next of sameValue.get(at) ?? []) enter(next)
    state.set(at, 'done')
  }
  for (const at of sameValue.keys()) enter(at)
}
