import { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { Accounts, Key } from '../../store/accounts/accounts.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { count, displayName, slug, text, timeMs, wholeNumber } from './schemas.ts'

export type KeyParts = { readonly accounts: Accounts; readonly clock: Pick<Clock, 'now'> }

/** Keys: made, listed, changed, rotated, revoked. A secret is in the answer that makes it and nowhere else. */
export function keyEndpoints({ accounts, clock }: KeyParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/keys',
      access: 'auditor',
      name: 'listKeys',
      about: 'Keys by id, a page at a time; `next` is the `after` of the next page.',
      query: keyQuery,
      answer: { about: 'One page.', schema: keyPage },
      run: ({ query }) => accounts.pageKeys({ limit: DEFAULT_PAGE_KEYS, ...query }),
    }),
    endpoint({
      method: 'POST',
      path: '/api/keys',
      access: 'admin',
      name: 'createKey',
      about: 'Makes a key. From the first one on, every request needs a key.',
      body: newKey,
      answer: {
        status: 201,
        about: 'The key with its secret, which is not said again.',
        schema: keyWithSecret,
      },
      run({ body }) {
        inFuture(body.expiresMs, clock)
        if (!accounts.hasKeys()) firstIsAdmin(body.role)
        return accounts.createKey(body)
      },
    }),
    endpoint({
      method: 'GET',
      path: '/api/keys/{id}',
      access: 'auditor',
      name: 'getKey',
      about: 'One key, without its secret.',
      answer: { about: 'The key.', schema: key },
      run: ({ id }) => found(accounts.findKey(id)),
    }),
    endpoint({
      method: 'PATCH',
      path: '/api/keys/{id}',
      access: 'admin',
      name: 'changeKey',
      about: 'Changes what is given; what is absent stays, null takes away.',
      body: keyChange,
      refused: FIXED,
      answer: { about: 'The key as it is now.', schema: key },
      run({ id, body }) {
        inFuture(body.expiresMs, clock)
        if (Object.keys(body).length === 0) throw invalid('the body: expected at least one field to change')
        return accounts.changeKey(id, body)
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/keys/{id}',
      access: 'admin',
      name: 'revokeKey',
      about: 'Refuses the key from now on and ends its open streams. The key stays in the list as revoked.',
      answer: { about: 'The key as it is now.', schema: key },
      run: ({ id }) => accounts.revokeKey(id),
    }),
    endpoint({
      method: 'POST',
      path: '/api/keys/{id}/rotate',
      access: 'admin',
      name: 'rotateKey',
      about: 'Makes a new secret for the same key; the old one stays good for `graceMs`.',
      body: rotation,
      answer: { about: 'The key with its new secret, which is not said again.', schema: keyWithSecret },
      run: ({ id, body }) => accounts.rotateKey(id, body.graceMs),
    }),
  ]
}

function found(key: Key | undefined): Key {
  if (key === undefined) throw new MusivumError('request.not_found', 'There is no key with this id.')
  return key
}

function inFuture(expiresMs: number | null | undefined, clock: Pick<Clock, 'now'>): void {
  if (typeof expiresMs !== 'number' || expiresMs > clock.now()) return
  throw new MusivumError(
    'request.invalid',
    'expiresMs: expected a time in the future; DELETE revokes a key now',
    {
      param: 'expiresMs',
    },
  )
}

/** The second request already needs a key: with a member's key as the only one, nobody could make another here. */
function firstIsAdmin(role: Key['role'] | undefined): void {
  if (role === 'admin') return
  throw new MusivumError(
    'request.invalid',
    'role: expected "admin" for the first key, which makes the others',
    {
      param: 'role',
    },
  )
}

const FIXED = Object.fromEntries(
  ['role', 'team', 'project'].map((field) => [
    field,
    'stays as it was made; make another key and revoke this one',
  ]),
)

const DEFAULT_PAGE_KEYS = 50
const MAX_PAGE_KEYS = 200
// The bounds of the store, said here with the field that is over them.
const MAX_LIST_ENTRIES = 200
const MAX_METADATA_ENTRIES = 16
const MAX_GRACE_MS = 7 * 86_400_000

const entry = text(/^\P{Cc}{1,200}$/u, 'a text of 1 to 200 characters')

const list = (of: string) =>
  z
    .array(entry, { error: `a list of ${of}` })
    .max(MAX_LIST_ENTRIES, { error: `at most ${MAX_LIST_ENTRIES} entries` })

const models = list('names of models, or "prefix*"').meta({
  description: 'Names of models, or `prefix*`. Null: all of them.',
})
const tasks = list('names of tasks').meta({ description: 'Null: all of them.' })
const plans = list('names of plans').meta({ description: 'Null: all of them.' })
const clearances = list('clearances').meta({
  description: "What the holder may see, in the organisation's own words: rules of the policy read them.",
})
const cache = z
  .boolean({ error: 'true or false' })
  .meta({ description: 'Whether exact answers may be kept and given again to this key.' })
const role = z
  .enum(['member', 'auditor', 'admin'], { error: '"member", "auditor" or "admin"' })
  .meta({ description: '`member` asks models, `auditor` reads this API too, `admin` changes things.' })
const metadata = z
  .record(
    text(/^.{1,64}$/su, 'a name of 1 to 64 characters'),
    z.string({ error: 'a text' }).max(500, { error: 'at most 500 characters' }),
    { error: 'an object of texts' },
  )
  .refine((entries) => Object.keys(entries).length <= MAX_METADATA_ENTRIES, {
    error: `at most ${MAX_METADATA_ENTRIES} entries`,
  })

const key = named(
  'Key',
  z.object({
    id: z.string().meta({ description: 'The visible start of the secret: safe in logs and messages.' }),
    name: z.string(),
    role,
    team: z.string().nullable(),
    project: z.string().nullable(),
    createdMs: timeMs,
    expiresMs: timeMs.nullable(),
    revokedMs: timeMs.nullable(),
    rotatedMs: timeMs.nullable(),
    lastUsedMs: timeMs.nullable(),
    models: models.nullable(),
    tasks: tasks.nullable(),
    plans: plans.nullable(),
    clearances,
    cache,
    metadata: z.record(z.string(), z.string()),
  }),
)

const keyWithSecret = named(
  'KeyWithSecret',
  z.object({
    key,
    secret: z.string().meta({ description: 'What the holder sends as `authorization: Bearer …`.' }),
  }),
)

const keyPage = named('KeyPage', z.object({ keys: z.array(key), next: z.string().nullable() }))

const changeable = {
  expiresMs: timeMs.nullable().exactOptional(),
  models: models.nullable().exactOptional(),
  tasks: tasks.nullable().exactOptional(),
  plans: plans.nullable().exactOptional(),
  clearances: clearances.exactOptional(),
  cache: cache.exactOptional(),
  metadata: metadata.exactOptional(),
}

const newKey = named(
  'NewKey',
  z.strictObject({
    name: displayName,
    role: role.exactOptional(),
    team: slug.nullable().exactOptional(),
    project: slug.nullable().exactOptional(),
    ...changeable,
  }),
)

const keyChange = named('KeyChange', z.strictObject({ name: displayName.exactOptional(), ...changeable }))

const rotation = named(
  'Rotation',
  z.strictObject({
    graceMs: count
      .max(MAX_GRACE_MS, { error: 'milliseconds up to seven days' })
      .meta({ description: 'How long the old secret stays good; 0 unless given.' })
      .exactOptional(),
  }),
)

const keyQuery = z.strictObject({
  team: z.string().meta({ description: 'Only keys of this team.' }).exactOptional(),
  project: z.string().meta({ description: 'Only keys of this project.' }).exactOptional(),
  search: z
    .string()
    .max(100, { error: 'at most 100 characters' })
    .meta({ description: 'Part of the name or the start of the id.' })
    .exactOptional(),
  state: z
    .enum(['active', 'expired', 'revoked'], { error: '"active", "expired" or "revoked"' })
    .exactOptional(),
  after: z.string().meta({ description: 'The `next` of the page before.' }).exactOptional(),
  limit: wholeNumber(1, MAX_PAGE_KEYS)
    .meta({ description: `${DEFAULT_PAGE_KEYS} unless given.` })
    .exactOptional(),
})
