import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { LlamaBinding, LlamaServerBinding } from '../catalog/model.ts'
import { makeFolder } from '../store/make-folder.ts'
import { cannotWrite } from './shelf.ts'

const positive = z.number().positive()
const count = z.int().min(1)

const level = z.strictObject({
  /** Requests at once. */
  parallel: count,
  /** Of all of them together. Null: too few tokens came to say. */
  prefill_tokens_per_s: positive.nullable(),
  decode_tokens_per_s: positive.nullable(),
  /** The median of one request. */
  first_token_ms: positive,
  prompt_tokens: count,
  output_tokens: count,
  /** Of the whole machine while it ran; null where the processor does not say. */
  joules: z.number().min(0).nullable(),
  /** While which these joules were used. Absent in older files. */
  busy_seconds: positive.exactOptional(),
})

const fingerprint = z.string().regex(/^[0-9a-f]{16}$/)

const measurement = z.strictObject({
  machine: fingerprint,
  /** What the configuration asked for, by `settingsFingerprint`. Absent in older files, whose figures no price is made of. */
  settings: fingerprint.exactOptional(),
  system: z.string().max(200),
  processor: z.string().max(200),
  processors: count,
  memory_gib: z.int().min(0),
  /** What it was loaded with. */
  context_tokens: count,
  slots: count,
  threads: count,
  /** Of the process that holds it. */
  memory_bytes: z.int().min(0).nullable(),
  measured_at: z.iso.datetime(),
  levels: z.array(level).min(1).max(64),
})

const schema = z.strictObject({
  format: z.literal('musivum-measured-1'),
  weights_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  adapter_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  measurements: z.array(measurement).max(1000),
})

export type MeasuredLevel = z.infer<typeof level>
export type Measurement = z.infer<typeof measurement>

/** Which weights: their hash, and that of the adapter on them. */
export type Measured = { readonly sha256: string; readonly adapterSha256?: string }

/** What was measured of these weights on any machine that wrote to this home folder; a file that is broken says nothing. */
export async function readMeasurements(home: string, weights: Measured): Promise<readonly Measurement[]> {
  return parsed(await readFile(fileOf(home, weights), 'utf8').catch(() => NOTHING))
}

/** The same for whoever cannot wait: a configuration is loaded in one step. */
export function measurementsNow(home: string, weights: Measured): readonly Measurement[] {
  try {
    return parsed(readFileSync(fileOf(home, weights), 'utf8'))
  } catch {
    // Nobody measured, or the file cannot be read.
    return []
  }
}

const NOTHING = ''

function parsed(text: string): readonly Measurement[] {
  try {
    const read = schema.safeParse(JSON.parse(text))
    return read.success ? read.data.measurements : []
  } catch {
    // Broken: a figure is worth less than an answer without it, and the next `models bench` writes it anew.
    return []
  }
}

/**
 * Of all that a process is asked for when it is started, but for the files it loads and for what decides only when it is
 * loaded and who waits: a setting that is new here counts until somebody says that it makes nothing slower.
 */
export function settingsFingerprint(binding: LlamaBinding | LlamaServerBinding): string {
  const settings = Object.entries(binding).filter(([name]) => !WITHOUT_EFFECT.has(name))
  const text = JSON.stringify(settings.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_CHARS)
}

const FINGERPRINT_CHARS = 16
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'weights',
  'sha256',
  'adapter',
  'adapterSha256',
  'queue',
  'keepAliveMs',
  'warm',
  'pinned',
] satisfies (keyof LlamaBinding)[])

/** The latest of this machine, whatever the settings. */
export async function latestMeasurement(
  home: string,
  weights: Measured,
  machine: string,
): Promise<Measurement | undefined> {
  return latest(await readMeasurements(home, weights), (each) => each.machine === machine)
}

export function latest(
  measurements: readonly Measurement[],
  which: (each: Measurement) => boolean,
): Measurement | undefined {
  return measurements.filter(which).toSorted((a, b) => (a.measured_at < b.measured_at ? 1 : -1))[0]
}

/** Takes the place of what the same machine measured with the same settings. */
export async function keepMeasurement(home: string, weights: Measured, made: Measurement): Promise<void> {
  const others = (await readMeasurements(home, weights)).filter((each) => !sameSettings(each, made))
  const document = {
    format: 'musivum-measured-1',
    weights_sha256: weights.sha256,
    adapter_sha256: weights.adapterSha256 ?? null,
    measurements: [...others, made].slice(-MAX_KEPT),
  }
  const file = fileOf(home, weights)
  try {
    makeFolder(measuredFolder(home))
    // Whoever reads meanwhile finds the old figures or the new ones.
    const making = `${file}.${process.pid}`
    await writeFile(making, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
    await rename(making, file)
  } catch (cause) {
    throw cannotWrite(cause)
  }
}

/** Its own time changes whenever a file in it is replaced. */
export function measuredFolder(home: string): string {
  return join(home, 'measured')
}

/** Of one set of weights: machines that share the folder, and settings that somebody tried. */
const MAX_KEPT = 200

function fileOf(home: string, { sha256, adapterSha256 }: Measured): string {
  const name = adapterSha256 === undefined ? sha256 : `${sha256}+${adapterSha256.slice(0, 16)}`
  return join(measuredFolder(home), `${name}.json`)
}

function sameSettings(a: Measurement, b: Measurement): boolean {
  return (
    a.machine === b.machine &&
    a.settings === b.settings &&
    a.context_tokens === b.context_tokens &&
    a.slots === b.slots &&
    a.threads === b.threads
  )
}
