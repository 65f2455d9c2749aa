import { Environment } from '@marcbachmann/cel-js'
import { facts, type FactType } from '../facts/fact-table.ts'

/**
 * CEL with the facts declared and strict types. It parses and checks types; conditions are evaluated by closures of our
 * own (compile-node.ts), which know what is not known. The library's own evaluation is the oracle of a property test.
 *
 * Bounds, with what they allow: 2,000 characters and 200 nodes are ten times the longest rule of the presets; one loop
 * deep, over the few dozen entries that a list of facts has. 200 nodes x 64 entries are 12,800 steps, about 100 µs, and
 * no rule can take more.
 */
export const MAX_CONDITION_CHARS = 2_000
const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 64, maxMapEntries: 0, maxCallArguments: 2 }

let made: Environment | undefined

/** Made when first needed: most starts have no rules. */
export function environment(): Environment {
  return (made ??= declared())
}

function declared(): Environment {
  const environment = new Environment({ limits: LIMITS })
  for (const [name, schema] of Object.entries(schemas())) environment.registerVariable({ name, schema })
  return environment
}

type Schema = { [key: string]: FactType | Schema }

/** `model.licence.spdx` as `{ model: { licence: { spdx: 'string' } } }`. */
function schemas(): Record<string, Schema> {
  const root: Record<string, Schema> = {}
  for (const { name, type } of facts) {
    const [group = '', ...path] = name.split('.')
    let place = (root[group] ??= {})
    for (const step of path.slice(0, -1)) {
      const inner = place[step]
      place = place[step] = typeof inner === 'object' ? inner : {}
    }
    place[path.at(-1) ?? ''] = type
  }
  return root
}
