import type { Key, KeyChange, NewKey, Role } from '../api/accounts.ts'

/** A key as it stands in the form: everything as typed. */
export type KeyDraft = {
  readonly name: string
  readonly role: Role
  readonly team: string
  readonly project: string
  /** The last day on which it is good, `2026-12-31`; '' for no end. */
  readonly lastDay: string
  readonly models: string
  readonly tasks: string
  readonly plans: string
  readonly clearances: string
  readonly cache: boolean
  /** `name=value`, one a line. */
  readonly metadata: string
}

export const EMPTY_DRAFT: KeyDraft = {
  name: '',
  role: 'member',
  team: '',
  project: '',
  lastDay: '',
  models: '',
  tasks: '',
  plans: '',
  clearances: '',
  cache: false,
  metadata: '',
}

export function draftOf(key: Key): KeyDraft {
  return {
    name: key.name,
    role: key.role,
    team: key.team ?? '',
    project: key.project ?? '',
    lastDay: key.expiresMs === null ? '' : dayOf(key.expiresMs - 1),
    models: linesOf(key.models),
    tasks: linesOf(key.tasks),
    plans: linesOf(key.plans),
    clearances: linesOf(key.clearances),
    cache: key.cache,
    metadata: linesOf(Object.entries(key.metadata).map(([name, value]) => `${name}=${value}`)),
  }
}

/** What to ask the gateway for; what was left empty is left out. */
export function newKeyOf(draft: KeyDraft): NewKey {
  const { name, role, team, project } = draft
  const { models, tasks, plans, clearances, metadata, expiresMs, cache } = changeOf(draft)
  return {
    name,
    role,
    ...(team !== '' && { team }),
    ...(project !== '' && { project }),
    ...(expiresMs !== null && { expiresMs }),
    ...(models !== null && { models }),
    ...(tasks !== null && { tasks }),
    ...(plans !== null && { plans }),
    ...(clearances.length > 0 && { clearances }),
    ...(cache && { cache }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/** Everything about a key that can change, as the form says it. */
export function changeOf(draft: KeyDraft): Required<KeyChange> {
  return {
    name: draft.name,
    expiresMs: draft.lastDay === '' ? null : endOfDay(draft.lastDay),
    models: listOf(draft.models),
    tasks: listOf(draft.tasks),
    plans: listOf(draft.plans),
    clearances: listOf(draft.clearances) ?? [],
    cache: draft.cache,
    metadata: metadataOf(draft.metadata),
  }
}

/** Only what differs: a field that a colleague has changed meanwhile is not put back. */
export function differenceOf(key: Key, draft: KeyDraft): KeyChange {
  const before = changeOf(draftOf(key))
  const entries = Object.entries(changeOf(draft)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof KeyChange]),
  )
  return Object.fromEntries(entries) as KeyChange
}

/** The first line of the metadata that is not `name=value`, counted from 1; null when all are. */
export function wrongMetadataLine(text: string): number | null {
  const at = text.split('\n').findIndex((line) => line.trim() !== '' && line.trim().indexOf('=') < 1)
  return at === -1 ? null : at + 1
}

/** Names by lines or commas. Empty means that nothing is said, which allows all. */
function listOf(text: string): readonly string[] | null {
  const entries = text.split(/[\n,،]/).map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '')
  return named.length === 0 ? null : named
}

function linesOf(entries: readonly string[] | null): string {
  return (entries ?? []).join('\n')
}

function metadataOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.includes('='))
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}

const DAY_MS = 86_400_000

/** Days are those of UTC, as budgets count them: a key ends with the day that was named. */
function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
