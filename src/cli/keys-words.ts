import type { Key } from '../store/accounts/accounts.ts'
import { isoOrNull, shownMoment } from './account-times.ts'
import { table } from './table.ts'

/** A key as `--json` says it. Never its secret: nobody has it any more. */
export function keyJson(key: Key, nowMs: number) {
  return {
    id: key.id,
    name: key.name,
    role: key.role,
    state: keyState(key, nowMs),
    team: key.team,
    project: key.project,
    created: isoOrNull(key.createdMs),
    expires: isoOrNull(key.expiresMs),
    revoked: isoOrNull(key.revokedMs),
    rotated: isoOrNull(key.rotatedMs),
    last_used: isoOrNull(key.lastUsedMs),
    models: key.models,
    tasks: key.tasks,
    plans: key.plans,
    clearances: key.clearances,
    cache: key.cache,
    metadata: key.metadata,
  }
}

export function keyState({ revokedMs, expiresMs }: Key, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (revokedMs !== null) return 'revoked'
  return expiresMs !== null && expiresMs <= nowMs ? 'expired' : 'active'
}

export function keyTable(keys: readonly Key[], nowMs: number): string {
  const head = ['ID', 'NAME', 'ROLE', 'TEAM', 'PROJECT', 'STATE', 'EXPIRES', 'LAST USED']
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.role,
    key.team ?? '-',
    key.project ?? '-',
    keyState(key, nowMs),
    key.expiresMs === null ? 'never' : shownMoment(key.expiresMs),
    key.lastUsedMs === null ? 'never' : shownMoment(key.lastUsedMs),
  ])
  return table([head, ...rows])
}

/** One key, a line for each thing that is known of it. */
export function keyCard(key: Key, nowMs: number): string {
  const moment = (ms: number | null, otherwise: string) =>
    ms === null ? otherwise : `${shownMoment(ms)} UTC`
  const names = (list: readonly string[] | null) => (list === null ? 'all' : list.join(', '))
  const rows: readonly (readonly [string, string])[] = [
    ['id', key.id],
    ['name', key.name],
    ['role', key.role],
    ['state', keyState(key, nowMs)],
    ['team', key.team ?? 'none'],
    ['project', key.project ?? 'none'],
    ['made', moment(key.createdMs, '')],
    ['expires', moment(key.expiresMs, 'never')],
    ...(key.revokedMs === null ? [] : [['revoked', moment(key.revokedMs, '')] as const]),
    ...(key.rotatedMs === null ? [] : [['rotated', moment(key.rotatedMs, '')] as const]),
    ['last used', moment(key.lastUsedMs, 'never')],
    ['models', names(key.models)],
    ['tasks', names(key.tasks)],
    ['plans', names(key.plans)],
    ['clearances', key.clearances.length === 0 ? 'none' : key.clearances.join(', ')],
    ['cache', key.cache ? 'exact answers may be given again' : 'off'],
    ...Object.entries(key.metadata).map(([name, value]) => [`  ${name}`, value] as const),
  ]
  return table(rows)
}

/** The one time that a secret is said, and how it is used. */
export function secretText(secret: string, port: string): string {
  return [
    `    ${secret}\n`,
    'This is the only time it is shown, and it is kept nowhere: put it where secrets are kept now.',
    'Send it with every request:\n',
    `    curl http://127.0.0.1:${port}/v1/models -H 'authorization: Bearer ${secret}'\n`,
  ].join('\n')
}
