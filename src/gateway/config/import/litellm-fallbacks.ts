import type { FallbackReason } from '../../../catalog/model.ts'
import type { FallbackEntry } from '../schema.ts'
import type { Cursor } from './source.ts'

type Reasons = ReadonlyMap<string, readonly FallbackReason[]>

/** The fallbacks of every model, out of the lists of both groups of settings, each target once with all its reasons. */
export function litellmFallbacks(
  root: Cursor,
  names: readonly string[],
): ReadonlyMap<string, readonly FallbackEntry[]> {
  const found = new Map<string, Map<string, readonly FallbackReason[]>>()
  const add = (name: string, target: string, reasons: readonly FallbackReason[]): void => {
    if (name === target) return
    const targets = found.get(name) ?? new Map<string, readonly FallbackReason[]>()
    targets.set(target, [...new Set([...(targets.get(target) ?? []), ...reasons])])
    found.set(name, targets)
  }
  const settings = [root.get('router_settings'), root.get('litellm_settings')]
  const special = new Set(settings.flatMap((group) => sourcesOf(group.get('context_window_fallbacks'))))
  for (const group of settings) {
    for (const [list, reasons] of LISTS)
      readList(group.get(list), names, (name, target) => add(name, target, usual(reasons, name, special)))
    for (const at of group.get('default_fallbacks').items()) {
      const target = targetOf(at, names)
      for (const name of names) if (target !== undefined && !found.has(name)) add(name, target, USUAL)
    }
  }
  return new Map(Array.from(found, ([name, targets]) => [name, entriesOf(targets)]))
}

const USUAL: readonly FallbackReason[] = ['overloaded', 'context-too-long', 'outage']

const LISTS: readonly (readonly [string, readonly FallbackReason[]])[] = [
  ['fallbacks', USUAL],
  ['context_window_fallbacks', ['context-too-long']],
  ['content_policy_fallbacks', ['content-policy']],
]

/** Where a model has a list of its own for requests that are too long, the general list is not asked for those. */
function usual(
  reasons: readonly FallbackReason[],
  name: string,
  special: ReadonlySet<string>,
): readonly FallbackReason[] {
  return reasons === USUAL && special.has(name)
    ? reasons.filter((each) => each !== 'context-too-long')
    : reasons
}

function sourcesOf(list: Cursor): readonly string[] {
  return list.items().flatMap((item) => item.entries().map(({ key }) => key))
}

function readList(list: Cursor, names: readonly string[], add: (name: string, target: string) => void): void {
  for (const source of list.items().flatMap((item) => item.entries())) {
    if (source.key !== '*' && !names.includes(source.key)) {
      source.leave(
        'no model of the file has this name',
        'write it by hand, if a model is to have it',
        'fallbacks',
      )
      continue
    }
    const sources = source.key === '*' ? names : [source.key]
    for (const at of source.items()) {
      const target = targetOf(at, names)
      for (const name of target === undefined ? [] : sources) add(name, target ?? '')
    }
  }
}

function targetOf(at: Cursor, names: readonly string[]): string | undefined {
  const { peek } = at
  if (typeof peek === 'string' && names.includes(peek)) return at.text()
  at.leave(
    'a fallback is a model that the file names',
    'name the model, and write the fallback by hand',
    'a fallback',
  )
  return undefined
}

function entriesOf(targets: Reasons): readonly FallbackEntry[] {
  return Array.from(targets, ([model, reasons]) =>
    reasons.length === USUAL.length && USUAL.every((reason) => reasons.includes(reason))
      ? model
      : { model, on: [...reasons] },
  )
}
