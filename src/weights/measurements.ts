import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
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
})

const measurement = z.strictObject({
  machine: z.string().regex(/^[0-9a-f]{16}$/),
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
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(fileOf(home, weights), 'utf8')))
    return parsed.success ? parsed.data.measurements : []
  } catch {
    // Not there, or broken: a figure is worth less than an answer without it, and the next `models bench` writes it anew.
    return []
  }
}

/** The latest of this machine, whatever the settings. */
export async function latestMeasurement(
  home: string,
  weights: Measured,
  machine: string,
): Promise<Measurement | undefined> {
  const all = await readMeasurements(home, weights)
  return all
    .filter((each) => each.machine === machine)
    .toSorted((a, b) => (a.measured_at < b.measured_at ? 1 : -1))[0]
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
    await mkdir(join(home, FOLDER), { recursive: true, mode: 0o700 })
    // Whoever reads meanwhile finds the old figures or the new ones.
    const making = `${file}.${process.pid}`
    await writeFile(making, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
    await rename(making, file)
  } catch (cause) {
    throw cannotWrite(cause)
  }
}

const FOLDER = 'measured'
/** Of one set of weights: machines that share the folder, and settings that somebody tried. */
const MAX_KEPT = 200

function fileOf(home: string, { sha256, adapterSha256 }: Measured): string {
  const name = adapterSha256 === undefined ? sha256 : `${sha256}+${adapterSha256.slice(0, 16)}`
  return join(home, FOLDER, `${name}.json`)
}

function sameSettings(a: Measurement, b: Measurement): boolean {
  return (
    a.machine === b.machine &&
    a.context_tokens === b.context_tokens &&
    a.slots === b.slots &&
    a.threads === b.threads
  )
}
