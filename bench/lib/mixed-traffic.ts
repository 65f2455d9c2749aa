import { chatClient, messagesClient, responsesClient, type DialectClient } from './dialect-clients.ts'

/** Whose key a request carries; each is told what its owner may do. */
export type Payer =
  /** A budget and limits that are never reached. */
  | 'rich'
  /** A budget that holds no answer. */
  | 'poor'
  /** A budget that is used up in the middle of a stream, and raised again now and then; while it is, the client leaves in the end. */
  | 'short'
  /** A few requests a minute. */
  | 'hurried'
  | 'revoked'

/** What a client does with one request, and how its answer must look. */
export type Kind = {
  readonly name: string
  readonly client: DialectClient
  readonly model: string
  readonly stream: boolean
  /** One of these. */
  readonly status: readonly number[]
  readonly payer: Payer
  readonly leavesAfterMs?: number
  readonly readsSlowly?: boolean
  /** How an answer with status 200 ends. */
  readonly end: 'whole' | 'error'
}

type Plan = Partial<Omit<Kind, 'client'>> & Pick<Kind, 'name' | 'model'>

const PLANS: readonly Plan[] = [
  { name: 'whole', model: 'plain' },
  { name: 'stream', model: 'plain', stream: true },
  { name: 'slow reader', model: 'plain', stream: true, readsSlowly: true },
  { name: 'leaves a stream', model: 'endless', stream: true, leavesAfterMs: 60 },
  {
    name: 'leaves before the first byte',
    model: 'stall-before-first-event',
    stream: true,
    leavesAfterMs: 40,
  },
  { name: 'leaves a whole answer', model: 'slow-first-byte', leavesAfterMs: 50 },
  { name: 'upstream refuses', model: 'status-429', status: [429] },
  { name: 'upstream fails', model: 'status-500', status: [500, 502, 503] },
  { name: 'upstream sends a web page', model: 'html-200', stream: true, status: [502] },
  { name: 'upstream breaks off', model: 'cut-mid-stream', stream: true, end: 'error' },
  { name: 'upstream counts nothing', model: 'no-usage', stream: true },
  { name: 'unknown model', model: 'nobody', status: [404] },
  { name: 'model that comes and goes', model: 'now-and-then', status: [200, 404] },
  { name: 'starter, whole', model: 'starter-s1' },
  { name: 'starter, stream', model: 'starter-s1', stream: true },
  { name: 'leaves a starter', model: 'starter-s2', stream: true, leavesAfterMs: 5 },
  { name: 'no budget', model: 'plain', status: [402], payer: 'poor' },
  {
    name: 'budget ends',
    model: 'endless',
    stream: true,
    status: [200, 402],
    payer: 'short',
    leavesAfterMs: 20_000,
    end: 'error',
  },
  { name: 'over its limit', model: 'plain', status: [200, 429], payer: 'hurried' },
  { name: 'revoked key', model: 'plain', status: [401], payer: 'revoked' },
]

/** Each of them in each of the three protocols. */
export const KINDS: readonly Kind[] = PLANS.flatMap((plan) =>
  [chatClient, messagesClient, responsesClient].map((client) => ({
    stream: false,
    status: [200],
    payer: 'rich' as const,
    end: 'whole' as const,
    ...plan,
    client,
  })),
)

/** Names of the double's behaviours; the other models ship with us, or are nobody's. */
export const UPSTREAM_MODELS: readonly string[] = [
  ...new Set(
    PLANS.map(({ model }) => model).filter((name) => name !== 'nobody' && !name.startsWith('starter-')),
  ),
]

/** What is wrong about an answer; undefined when it is as it should be. */
export function problemOf(kind: Kind, status: number, body: string): string | undefined {
  if (!kind.status.includes(status)) return `status ${status}, expected ${kind.status.join(' or ')}`
  if (status !== 200) return kind.client.isError(body) ? undefined : 'no error of its protocol'
  const { end } = kind.stream ? kind.client.streamed(body) : kind.client.whole(body)
  return end === kind.end ? undefined : `its end is ${end} and should be ${kind.end}`
}
