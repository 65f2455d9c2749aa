import { fromUsd } from '../../core/money.ts'
import type { Reply } from '../ask.ts'
import type { RunModel } from './run-model.ts'
import type { RunPorts } from './run-ports.ts'

/** Time that passes only when somebody waits for it. */
export function quickTime(): RunPorts & { readonly waits: number[] } {
  let nowMs = 1_000_000
  const waits: number[] = []
  return {
    waits,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    random: () => 0,
    async pause(ms, signal) {
      signal.throwIfAborted()
      waits.push(ms)
      await Promise.resolve()
      nowMs += ms
    },
  }
}

export function reply(text: string, more: Partial<Reply> = {}): Reply {
  const usage = { inputTokens: 10, outputTokens: 5 }
  return { text, finishReason: 'stop', usage, cost: { kind: 'owned' }, latencyMs: 12, ...more }
}

export function ownModel(name: string): RunModel {
  return {
    name,
    identity: { engine: 'llama', sha256: name },
    price: { kind: 'owned' },
    licence: null,
    toy: false,
  }
}

/** One dollar per thousand tokens, in or out. */
export function pricedModel(name: string): RunModel {
  const each = fromUsd(1_000)
  const tokens = {
    inputPerMillion: each,
    cacheReadPerMillion: each,
    cacheWritePerMillion: each,
    outputPerMillion: each,
  }
  return { ...ownModel(name), price: { kind: 'metered', tokens } }
}

export function unpricedModel(name: string): RunModel {
  return { ...ownModel(name), price: { kind: 'unpriced' } }
}
