import type { Model } from '../../catalog/model.ts'
import { single } from '../../combine/answerer.ts'
import { needsStructure, structuredAnswer } from '../../combine/structured-answer.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Usage } from '../../core/usage.ts'
import { permit, type Permit } from '../../policy/permit.ts'
import type { Labels } from '../../privacy/label.ts'
import { namesConversation, readNames } from '../../privacy/names/ask-names.ts'
import { findNames, type FindNames, type NamePlace } from '../../privacy/names/find-names.ts'
import { MAX_NAMES, type Name } from '../../privacy/names/name-entities.ts'
import { assumingNames } from '../../privacy/names/name-labels.ts'
import { BETWEEN, callsOf, windowsOf } from '../../privacy/names/windows.ts'
import { fold } from '../../privacy/recognise/fold.ts'
import { createAnswerCollector, type CollectedAnswer } from '../../wire/collect-answer.ts'
import type { LedgerLine } from '../../store/ledger/ledger.ts'
import { circumstances } from '../access/circumstances.ts'
import { leavesThisMachine } from '../access/model-facts.ts'
import type { Gateway, Snapshot } from '../gateway-parts.ts'
import type { RequestRecord } from '../request-record.ts'
import { likelyTokens } from '../spending/prompt-tokens.ts'
import { exhausted } from '../spending/spending.ts'
import { tenantOf } from '../tenant-of.ts'
import type { NameReading, NamesTier } from './names-tier.ts'
import { openReadingBill, type ReadingBill } from './reading-bill.ts'

export type ReadingParts = {
  readonly gateway: Pick<Gateway, 'engines' | 'duties' | 'treasury' | 'knownNames' | 'clock'>
  readonly snapshot: Snapshot
  readonly record: Pick<RequestRecord, 'principal' | 'spending'> & {
    readonly exchange: Pick<RequestRecord['exchange'], 'requestId' | 'arrivedAtMs' | 'signal' | 'stop'>
  }
}

/**
 * Calls for what is new in one request, of a thousand characters each: some fifteen pages. Somebody who sends a book does not
 * occupy the model for an hour; the request is told so.
 */
const MAX_CALLS = 64

/** At the same time: what a small server answers together. */
const CALLS_AT_ONCE = 4

export function nameReading(tier: NamesTier, { gateway, snapshot, record }: ReadingParts): NameReading {
  const { principal, exchange } = record
  const scope = [snapshot.version, tier.model, [...tier.entities], tenantOf(principal)]
  const names = new Map<string, Name>()
  const seen = new Set<string>()
  const owed: { readonly model: Model; readonly usage: Usage }[] = []
  /** Lines that are in the ledger already, and not yet in what the request is said to have cost. */
  const booked: LedgerLine[] = []
  let bill: ReadingBill | undefined
  const told = { model: tier.model, calls: 0, known: 0, found: 0, dropped: 0, ms: 0 }

  async function read(texts: readonly string[], labels: Labels): Promise<FindNames> {
    const begun = gateway.clock.monotonic()
    const late = AbortSignal.timeout(tier.timeoutMs)
    try {
      await readNew(texts, labels, AbortSignal.any([exchange.signal, late]))
    } catch (cause) {
      // Of a client that went away, or a request that was stopped, the gateway says so itself.
      if (exchange.signal.aborted || isAboutMoney(cause)) throw cause
      throw failed(tier, cause, late.aborted)
    } finally {
      told.ms += gateway.clock.monotonic() - begun
    }
    told.found = names.size
    return findNames([...names.values()])
  }

  async function readNew(texts: readonly string[], labels: Labels, signal: AbortSignal): Promise<void> {
    const windows = [...new Set(texts.flatMap((text) => windowsOf(fold(text).text)))]
    const [longest] = windows.toSorted((a, b) => b.length - a.length)
    if (longest === undefined) return
    // What was read before needs a permit as well: a rule may have been changed since.
    const asking = permitted(longest, labels)
    const unread = windows.filter((window) => !seen.has(window) && !isKnown(window))
    const calls = callsOf(unread)
    if (calls.length > MAX_CALLS)
      throw new Unreadable(`the request takes ${calls.length} calls of it; at most ${MAX_CALLS} are made`)
    if (calls.length === 0) return
    // Behind the hold of the answer, the answer's pays.
    if (record.spending === null) bill = setAside(asking, calls)
    try {
      await askAll(asking, calls, signal)
    } finally {
      booked.push(...(bill?.close() ?? []))
      bill = undefined
    }
  }

  function setAside({ model }: Asking, calls: readonly (readonly string[])[]): ReadingBill | undefined {
    const { requestId, arrivedAtMs: atMs } = exchange
    const bytes = calls.flat().reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)), 0)
    return openReadingBill(gateway.treasury, model, {
      requestId,
      principal,
      atMs,
      bytes,
      calls: calls.length,
    })
  }

  async function askAll(
    asking: Asking,
    calls: readonly (readonly string[])[],
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController()
    const either = AbortSignal.any([signal, stop.signal])
    const waiting = calls.values()
    const line = async (): Promise<void> => {
      try {
        for (const call of waiting) await ask(asking, call, either)
      } catch (thrown) {
        // One that failed fails them all: the others would work for nobody.
        stop.abort()
        throw thrown
      }
    }
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, line))
  }

  function isKnown(window: string): boolean {
    const places = gateway.knownNames.get(gateway.knownNames.keyOf(scope, window))
    if (places === undefined) return false
    told.known += 1
    keep(window, places)
    return true
  }

  function keep(window: string, places: readonly NamePlace[]): void {
    seen.add(window)
    for (const { entity, start, end } of places) {
      const text = window.slice(start, end)
      names.set(`${entity} ${text}`, { text, entity })
    }
    if (names.size > MAX_NAMES) throw new Unreadable(`the request has more than ${MAX_NAMES} names`)
  }

  function permitted(window: string, labels: Labels): Asking {
    const model = snapshot.models.get(tier.model)
    if (model === undefined) throw new Unreadable('no model has this name')
    // Checked when the configuration is loaded; a model that was discovered since, or changed, is checked here.
    const leaves = leavesThisMachine(model)
    if (leaves !== undefined) throw new Unreadable(leaves)
    const asked = { principal, operation: 'chat' } as const
    const { policy } = snapshot
    const facts = circumstances(gateway.treasury, policy, asked, namesConversation(window, tier.entities))
    const assumed = assumingNames(labels, tier.entities)
    const { permits, removed } = permit(policy, principal, assumed, [model], exchange.requestId, facts)
    const permitOfModel = permits.get(model.name)
    if (permitOfModel !== undefined) return { model, permit: permitOfModel }
    throw new Unreadable(`rule ${removed[0]?.rule ?? 'of the policy'} forbids that it reads the request`)
  }

  async function ask(
    { model, permit }: Asking,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted()
    const text = texts.join(BETWEEN)
    const conversation = namesConversation(text, tier.entities)
    const context = {
      signal,
      requestId: exchange.requestId,
      whole: true,
      tenant: JSON.stringify(tenantOf(principal)),
    }
    told.calls += 1
    const answer = await gateway.engines.use(model, (engine) => {
      // A duty to mask that this model is under is done with what has a form: it has to see names to find them.
      const bound = gateway.duties.bind(engine, permit, { principal, decision: null })
      const plain = single(bound, permit)
      const able = engine.capabilities
      const answerer = needsStructure(conversation, able) ? structuredAnswer(plain, able) : plain
      return collect(answerer(conversation, context))
    })
    charge(model, answer.usage ?? estimated(text, answer))
    const found = readNames(answer.choices[0]?.text ?? '', text, tier.entities)
    if (found === undefined) throw new Unreadable('its answer is not the JSON that it was asked for')
    told.dropped += found.dropped
    const find = findNames(found.names)
    for (const window of texts) {
      const places = find(window)
      gateway.knownNames.set(gateway.knownNames.keyOf(scope, window), places)
      keep(window, places)
    }
  }

  function charge(model: Model, usage: Usage): void {
    if (bill !== undefined) return bill.charge(model, usage)
    owed.push({ model, usage })
    chargeOwed()
  }

  /** The labels are made before money is set aside: what they used of weights of one's own waits until then. */
  function chargeOwed(): void {
    const { spending } = record
    if (spending === null) return
    spending.bookedBefore(booked.splice(0))
    for (const { model, usage } of owed.splice(0)) spending.charge('judge', model, usage)
    if (!spending.stillCovered()) exchange.stop(exhausted())
  }

  return { tier, read, told: () => ({ ...told, ms: Math.round(told.ms) }), chargeOwed }
}

type Asking = { readonly model: Model; readonly permit: Permit }

/** Nobody was asked: the caller is told what a request without names would be told. */
function isAboutMoney(cause: unknown): boolean {
  return cause instanceof MusivumError && ABOUT_MONEY.has(cause.code)
}

const ABOUT_MONEY: ReadonlySet<string> = new Set(['budget.exhausted', 'budget.unpriced', 'limit.reached'])

/** Why names cannot be told, in words of ours. */
class Unreadable extends Error {}

function failed({ model }: NamesTier, cause: unknown, late: boolean): MusivumError {
  const words = `names of people, places and organisations could not be looked for by ${model}: ${reasonOf(cause, late)}`
  return new MusivumError('privacy.names_failed', words, { model }, { cause })
}

/** The words of a server may repeat what it was sent. */
function reasonOf(cause: unknown, late: boolean): string {
  if (cause instanceof Unreadable) return cause.message
  if (late) return 'it took too long'
  return cause instanceof MusivumError ? `it failed (${cause.code})` : 'it failed'
}

async function collect(events: ReturnType<ReturnType<typeof single>>): Promise<CollectedAnswer> {
  const collector = createAnswerCollector()
  for await (const event of events) collector.add(event)
  return collector.answer()
}

/** Nobody counted: by bytes, as everywhere. */
function estimated(text: string, { choices }: CollectedAnswer): Usage {
  return {
    inputTokens: likelyTokens(Buffer.byteLength(text)),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: likelyTokens(Buffer.byteLength(choices[0]?.text ?? '')),
    reasoningTokens: 0,
    source: 'estimated',
  }
}
