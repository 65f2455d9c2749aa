import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { headerOfShape } from '../src/catalog/fit/header-of-shape.conformance.ts'
import { findModel } from '../src/catalog/fit/find-model.ts'
import { mutated, seededDraw } from '../src/catalog/gguf/mutate.conformance.ts'
import { parseGgufHeader } from '../src/catalog/gguf/parse-header.ts'
import { MusivumError } from '../src/core/errors.ts'
import { benchOptions, progress, publish } from './lib/report.ts'

const HELP = `Damaged GGUF headers through the reader: none may crash it, be read past its end, or take 50 ms.

  node bench/gguf-fuzz.ts [--headers N] [--seed N] [--quick] [--json] [--gate]`

const options = benchOptions(HELP, { headers: 1_000_000, seed: 20_261_123 })
const headers = options.quick ? 20_000 : options.headers
const draw = seededDraw(options.seed)

const starter = readFileSync(
  fileURLToPath(new URL('../models/starter/starter-s1-q8_0.gguf', import.meta.url)),
)
/** Small headers, where a wound hits something that counts, and a real one with a vocabulary. */
const originals = [
  headerOfShape(findModel('qwen-2.5-0.5b').shape, 'Q4_K_M').header.subarray(0, 4096),
  headerOfShape({ ...findModel('gemma-3-1b').shape, layers: 1 }, 'Q8_0').header,
  headerOfShape({ ...findModel('gpt-oss-20b').shape, layers: 1, kvHeads: [8] }, 'MXFP4').header,
  headerOfShape({ ...findModel('deepseek-v3').shape, layers: 1 }, 'Q4_K_M').header,
  starter.subarray(0, 40_000),
]

const outcomes = { read: 0, 'more wanted': 0, refused: 0, crashed: 0, 'read past the end': 0 }
let slowestMs = 0
const startedMs = performance.now()
for (let round = 0; round < headers; round += 1) {
  // The large one costs a copy of 40 kB each time: every fiftieth is enough.
  const original = round % 50 === 0 ? starter.subarray(0, 40_000) : originals[round % 4]
  const bytes = mutated(original ?? starter, draw)
  const began = performance.now()
  outcomes[outcomeOf(bytes, round)] += 1
  const tookMs = performance.now() - began
  if (tookMs > slowestMs) slowestMs = Math.max(slowestMs, Math.min(tookMs, quickestOf(5, bytes)))
}
const tookMs = performance.now() - startedMs

publish(
  {
    bench: 'gguf-fuzz',
    rows: [
      { what: 'crashes, and messages that are not one line', unit: '', measured: outcomes.crashed, bar: 0 },
      { what: 'reads past the end of the bytes', unit: '', measured: outcomes['read past the end'], bar: 0 },
      { what: 'slowest header, best of six turns', unit: 'ms', measured: slowestMs, bar: 50 },
      { what: 'mean, with making it', unit: 'µs', measured: (1000 * tookMs) / headers },
    ],
    notes: [
      `${headers} headers, seed ${options.seed}: ${JSON.stringify(outcomes)}`,
      'each lies in the middle of a larger buffer filled with 0xAA: a view that is read past its end throws in this runtime, and a header that shows those bytes would be counted',
    ],
  },
  options,
)

/** A pause of this process by a busy machine is not the reader's: whatever was slow is read again. */
function quickestOf(turns: number, bytes: Uint8Array): number {
  const took = Array.from({ length: turns }, () => {
    const began = performance.now()
    outcomeOf(bytes, -1)
    return performance.now() - began
  })
  return Math.min(...took)
}

/** A border on both sides, so that reading past the end would find something and not throw by luck. */
function outcomeOf(bytes: Uint8Array, round: number): keyof typeof outcomes {
  const room = new Uint8Array(bytes.length + 128).fill(0xaa)
  room.set(bytes, 64)
  const framed = room.subarray(64, 64 + bytes.length)
  try {
    const parsed = parseGgufHeader(framed, bytes.length + 8192, { name: 'x.gguf' })
    if (parsed.kind === 'more') return parsed.bytes > bytes.length ? 'more wanted' : 'crashed'
    return parsed.header.dataStart <= bytes.length + parsed.header.alignment ? 'read' : 'read past the end'
  } catch (thrown) {
    if (thrown instanceof MusivumError && !/\n/.test(thrown.message)) return 'refused'
    progress(`round ${round}: ${String(thrown)}`)
    return 'crashed'
  }
}
