import type { MeasuredSpeed } from '../catalog/machine-cost.ts'
import type { LlamaBinding, LlamaServerBinding } from '../catalog/model.ts'
import {
  latest,
  measurementsNow,
  settingsFingerprint,
  type Measured,
  type MeasuredLevel,
  type Measurement,
} from './measurements.ts'

/** What is known of how fast a local model is, or why nothing is. */
export type SpeedFinding =
  | { readonly kind: 'measured'; readonly speed: MeasuredSpeed }
  | { readonly kind: 'unmeasured'; readonly because: Unmeasured }

/**
 * `no-hash`: the configuration does not say which weights these are. `never`: not on this machine. `other-settings`: since it
 * was measured, something that makes it faster or slower was changed. `too-short`: its answers ended before a speed showed.
 * `writes-nothing`: nothing measures models of numbers.
 */
export type Unmeasured = 'no-hash' | 'never' | 'other-settings' | 'too-short' | 'writes-nothing'

/** The latest figures of exactly these weights, this machine and these settings; others are of something else. */
export function findSpeed(
  home: string,
  binding: LlamaBinding | LlamaServerBinding,
  machine: string,
): SpeedFinding {
  if (binding.engine === 'llama-server' && (binding.serves ?? 'text') !== 'text')
    return unmeasured('writes-nothing')
  const weights = hashesOf(binding)
  if (weights === undefined) return unmeasured('no-hash')
  const here = measurementsNow(home, weights).filter((each) => each.machine === machine)
  if (here.length === 0) return unmeasured('never')
  const settings = settingsFingerprint(binding)
  const found = latest(here, (each) => each.settings === settings)
  if (found === undefined) return unmeasured('other-settings')
  const speed = speedOf(found)
  return speed === undefined ? unmeasured('too-short') : { kind: 'measured', speed }
}

function unmeasured(because: Unmeasured): SpeedFinding {
  return { kind: 'unmeasured', because }
}

function hashesOf({
  sha256,
  adapter,
  adapterSha256,
}: LlamaBinding | LlamaServerBinding): Measured | undefined {
  if (sha256 === undefined) return undefined
  if (adapter === undefined) return { sha256 }
  return adapterSha256 === undefined ? undefined : { sha256, adapterSha256 }
}

/** With as many requests at once as the model has slots, or the most below that were measured: what the machine can do. */
export function speedOf({ levels, slots, measured_at, processor }: Measurement): MeasuredSpeed | undefined {
  const [most] = levels
    .filter(({ parallel }) => parallel <= slots)
    .flatMap((level) => figuresOf(level))
    .toSorted((a, b) => b.atOnce - a.atOnce)
  return most === undefined ? undefined : { ...most, measuredAt: measured_at, processor }
}

function figuresOf(level: MeasuredLevel): readonly Omit<MeasuredSpeed, 'measuredAt' | 'processor'>[] {
  const { parallel, prefill_tokens_per_s, decode_tokens_per_s, first_token_ms, joules, busy_seconds } = level
  if (prefill_tokens_per_s === null || decode_tokens_per_s === null) return []
  return [
    {
      atOnce: parallel,
      readsPerS: prefill_tokens_per_s,
      writesPerS: decode_tokens_per_s,
      firstTokenMs: first_token_ms,
      watts: joules === null || busy_seconds === undefined ? null : joules / busy_seconds,
    },
  ]
}
