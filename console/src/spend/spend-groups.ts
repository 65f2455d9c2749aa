import type { SpendSum } from '../api/spend.ts'
import { UNIT_MS, type RangeTimes } from './spend-range.ts'

/** `none`: what has no team, project, key or task. `others`: all that are not shown one by one. */
export type GroupKind = 'named' | 'none' | 'others'

export type Figures = Pick<
  SpendSum,
  'requests' | 'nanoUsd' | 'inputTokens' | 'outputTokens' | 'unpricedRequests'
>

export type Group = Figures & { readonly kind: GroupKind; readonly name: string }

export type Stack = {
  readonly startsMs: readonly number[]
  /** Nano-dollars by group, then by unit of time. */
  readonly values: readonly (readonly number[])[]
}

/** As many as a chart can tell apart. */
export const SHOWN_GROUPS = 6

/** The dearest groups over the whole time, then one for the others. Their sum is the sum of everything. */
export function groupsOf(sums: readonly SpendSum[], shown = SHOWN_GROUPS): readonly Group[] {
  const byGroup = Map.groupBy(sums, keyOf)
  const all = [...byGroup].map(([key, members]) => ({ ...identity(key), ...figuresOf(members) }))
  const sorted = all
    .filter((group) => group.kind !== 'others')
    .sort((a, b) => b.nanoUsd - a.nanoUsd || b.requests - a.requests || (a.name < b.name ? -1 : 1))
  const others = [...sorted.slice(shown), ...all.filter((group) => group.kind === 'others')]
  const top = sorted.slice(0, shown)
  return others.length === 0 ? top : [...top, { kind: 'others', name: '', ...figuresOf(others) }]
}

/** The groups unit by unit; a time in which nothing was asked is 0. */
export function stackOf(sums: readonly SpendSum[], groups: readonly Group[], times: RangeTimes): Stack {
  const step = UNIT_MS[times.unit]
  const length = Math.ceil((times.toMs + 1 - times.fromMs) / step)
  const startsMs = Array.from({ length }, (_, index) => times.fromMs + index * step)
  const values = groups.map(() => startsMs.map(() => 0))
  for (const sum of sums) {
    const at = Math.floor((sum.startMs - times.fromMs) / step)
    const row = values[groupIndex(groups, sum)]
    if (row?.[at] !== undefined) row[at] += sum.nanoUsd
  }
  return { startsMs, values }
}

export function figuresOf(parts: readonly Figures[]): Figures {
  const sum = (field: keyof Figures) => parts.reduce((total, part) => total + part[field], 0)
  return {
    requests: sum('requests'),
    nanoUsd: sum('nanoUsd') as Figures['nanoUsd'],
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    unpricedRequests: sum('unpricedRequests'),
  }
}

/** Whether no part of it has a price: then its sum is not 0 but unknown. */
export function isUnknown({ nanoUsd, unpricedRequests }: Figures): boolean {
  return nanoUsd === 0 && unpricedRequests > 0
}

function groupIndex(groups: readonly Group[], sum: SpendSum): number {
  const { kind, name } = identity(keyOf(sum))
  const at = groups.findIndex((group) => group.kind === kind && group.name === name)
  return at === -1 ? groups.length - 1 : at
}

// A group may be called anything; a mark before its name keeps it apart from the two that have none.
function keyOf(sum: SpendSum): string {
  if (sum.rest === true) return 'others'
  return sum.group === '' ? 'none' : `=${sum.group}`
}

function identity(key: string): Pick<Group, 'kind' | 'name'> {
  return key.startsWith('=') ? { kind: 'named', name: key.slice(1) } : { kind: key as GroupKind, name: '' }
}
