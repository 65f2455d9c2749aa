import { MusivumError } from '../core/errors.ts'
import {
  MAX_PLACES,
  type About,
  type Find,
  type Finding,
  type Found,
  type Guard,
  type GuardVerdict,
  type LocalCheck,
} from './guard.ts'

/** What one guard has found in one request or answer so far. */
export class Tally {
  readonly guard: Guard
  readonly #nowMs: () => number
  readonly #counts = new Map<string, number>()
  readonly #where = new Set<string>()
  /** By piece, the weight of each thing found: the same thing twice is no stronger a sign. */
  readonly #weights = new Map<string, Map<string, number>>()
  #ms = 0
  #failed = false
  #refused = false
  #finished = false

  constructor(guard: Guard, nowMs: () => number) {
    this.guard = guard
    this.#nowMs = nowMs
  }

  /** The search of a check; one that cannot be made has failed like any other. */
  opened(check: LocalCheck, about: About): Find {
    try {
      return check.open(about)
    } catch (thrown) {
      this.fail(thrown)
      return () => []
    }
  }

  /** A search whose time is counted, and which after a failure finds nothing any more. Throws `guard.failed` where the guard fails closed. */
  watched(find: Find): Find {
    return (text) => {
      if (this.#failed) return []
      const startedMs = this.#nowMs()
      try {
        return find(text)
      } catch (thrown) {
        this.fail(thrown)
        return []
      } finally {
        this.#ms += this.#nowMs() - startedMs
      }
    }
  }

  async timed<T>(work: () => T | Promise<T>): Promise<T> {
    const startedMs = this.#nowMs()
    try {
      return await work()
    } finally {
      this.#ms += this.#nowMs() - startedMs
    }
  }

  add({ what, weight }: Pick<Finding, 'what' | 'weight'>, where: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
    if (this.#where.size < MAX_PLACES) this.#where.add(where)
    const weights = this.#weights.get(where) ?? new Map<string, number>()
    weights.set(what, Math.max(weight, weights.get(what) ?? 0))
    this.#weights.set(where, weights)
  }

  addFound(found: readonly Found[]): void {
    for (const { what, where } of found) this.add({ what, weight: Infinity }, where)
  }

  /** Whether what was found in some text is enough. */
  get found(): boolean {
    const { check } = this.guard
    const threshold = check.kind === 'local' ? check.threshold : 1
    for (const weights of this.#weights.values())
      if (sum(weights.values()) >= threshold - TOLERANCE) return true
    return false
  }

  get failed(): boolean {
    return this.#failed
  }

  /** @throws MusivumError `guard.refused` when what was found is enough and the guard refuses */
  settle(): void {
    if (this.guard.action !== 'refuse' || !this.found) return
    this.#refused = true
    const { id, on, check } = this.guard
    const what = [...this.#counts.keys()].slice(0, MAX_PLACES)
    const subject = on === 'input' ? 'The request' : 'The answer'
    const message = `${subject} was refused by the guard ${id} (${check.name}): ${what.join(', ')}.`
    throw new MusivumError('guard.refused', message, { guard: id, on, check: check.name, found: what })
  }

  /** @throws MusivumError `guard.failed` where the guard fails closed */
  fail(cause: unknown): void {
    this.#failed = true
    if (this.guard.fails === 'open') return
    const { id, on, check } = this.guard
    const subject = on === 'input' ? 'the request' : 'the answer'
    const message = `The guard ${id} (${check.name}) could not judge ${subject}, and it fails closed.`
    const because = cause instanceof MusivumError ? cause.code : undefined
    throw new MusivumError('guard.failed', message, { guard: id, on, check: check.name, because }, { cause })
  }

  finish(): void {
    this.#finished = true
  }

  verdict(): GuardVerdict {
    const { id, on, mode, check } = this.guard
    const verdict = this.#failed ? 'failed' : this.found ? 'found' : this.#finished ? 'passed' : 'unfinished'
    return {
      guard: id,
      on,
      check: check.name,
      mode,
      verdict,
      action: this.#action(verdict),
      found: Object.fromEntries(this.#counts),
      where: [...this.#where],
      ms: Math.round(this.#ms * 1000) / 1000,
    }
  }

  #action(verdict: GuardVerdict['verdict']): GuardVerdict['action'] {
    const { fails, action } = this.guard
    if (verdict === 'failed') return fails === 'open' ? 'let-through' : 'refused'
    if (verdict !== 'found') return 'none'
    if (action === 'refuse') return this.#refused ? 'refused' : 'none'
    return action === 'redact' ? 'redacted' : 'noted'
  }
}

// Weights are tenths, and ten tenths do not add up to one.
const TOLERANCE = 1e-9

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
