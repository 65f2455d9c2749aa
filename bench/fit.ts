import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getLlama, GgmlType, GgufInsights, LlamaLogLevel, readGgufFileInfo } from 'node-llama-cpp'
import type { CacheType, ContextQuestion } from '../src/catalog/fit/cache-bytes.ts'
import { fit, type FitFacts } from '../src/catalog/fit/fit.ts'
import { headerOfShape } from '../src/catalog/fit/header-of-shape.conformance.ts'
import { knownModels } from '../src/catalog/fit/known-models.ts'
import { quantise } from '../src/catalog/fit/quantise.ts'
import { shapeOfHeader } from '../src/catalog/fit/shape-of-header.ts'
import { tensorsOf } from '../src/catalog/fit/tensors-of.ts'
import { readGgufHeader } from '../src/engines/llama/gguf.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `Our estimate of memory beside what llama.cpp itself reserves without allocating (the V2 estimators of
node-llama-cpp), on synthetic headers with the exact dimensions of the known models, and on the starter models.

  node bench/fit.ts [--quick] [--json] [--gate]`

const options = benchOptions(HELP)

/** Tokens, sequences, cache. The long ones only where the model was trained with as much. */
const SETTINGS: readonly ContextQuestion[] = [
  { contextTokens: 512, sequences: 1, cacheType: 'f16' },
  { contextTokens: 4096, sequences: 1, cacheType: 'f16' },
  { contextTokens: 4096, sequences: 4, cacheType: 'f16' },
  { contextTokens: 4096, sequences: 1, cacheType: 'q8_0' },
  { contextTokens: 8192, sequences: 2, cacheType: 'q4_0' },
  { contextTokens: 8192, sequences: 8, cacheType: 'f16' },
  { contextTokens: 32_768, sequences: 1, cacheType: 'f16' },
  { contextTokens: 131_072, sequences: 1, cacheType: 'f16' },
]
/** What reads both ways takes one text after another, and keeps nothing that could be kept in fewer bits. */
const READING: readonly ContextQuestion[] = [512, 2048, 8192].map((contextTokens) => ({
  contextTokens,
  sequences: 1,
  cacheType: 'f16',
}))
const GGML_TYPES: Partial<Record<CacheType, GgmlType>> = { q8_0: GgmlType.Q8_0, q4_0: GgmlType.Q4_0 }

const complaints: string[] = []
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  maxThreads: 1,
  logLevel: LlamaLogLevel.warn,
  logger: (_level, message) => complaints.push(message),
})

type Difference = { readonly name: string; readonly total: number; readonly context: number }
const differences: Difference[] = []
using folder = temporaryFolder('fit')
for (const known of knownModels.filter((_, place) => !options.quick || place % 6 === 0)) {
  const quantisation = known.published ?? 'Q4_K_M'
  const tensors = quantise(tensorsOf(known.shape), known.shape, quantisation)
  await compare(
    `${known.name} ${quantisation}`,
    sparseFile(known.name, headerOfShape(known.shape, quantisation)),
    {
      shape: known.shape,
      tensors,
      quantisations: [],
    },
  )
}
const starter = fileURLToPath(new URL('../models/starter/', import.meta.url))
for (const file of readdirSync(starter).filter((name) => /^starter-\w+-q8_0\.gguf$/.test(name))) {
  const header = await readGgufHeader(join(starter, file))
  const facts = { shape: shapeOfHeader(header, file), tensors: header.tensors, quantisations: [] }
  await compare(file, join(starter, file), facts)
}
await llama.dispose()

publish({ bench: 'fit', rows: rowsOf(differences), notes: notesOf(differences) }, options)

/** As long as the real one, with no weights: the loader asks for places, not for numbers. */
function sparseFile(name: string, { header, fileBytes }: ReturnType<typeof headerOfShape>): string {
  const path = join(folder.path, `${name}.gguf`)
  writeFileSync(path, header)
  truncateSync(path, fileBytes)
  return path
}

async function compare(name: string, path: string, facts: FitFacts): Promise<void> {
  const insights = await GgufInsights.from(await readGgufFileInfo(path, { logWarnings: false }), llama)
  const trained = facts.shape.contextTokens ?? 0
  const reads = facts.shape.encoder !== undefined
  for (const question of reads ? READING : SETTINGS) {
    if (question.contextTokens > trained || abortsTheEngine(name, question)) continue
    const theirs = await reservedBy(insights, question, reads)
    const ours = fit({ ...question, facts })
    const context = ours.kv_bytes + ours.compute_bytes
    const difference = {
      name: `${name}, ${question.sequences} x ${question.contextTokens} ${question.cacheType}`,
      context: context / theirs.context - 1,
      total: (ours.weights_bytes + context) / (theirs.weights + theirs.context) - 1,
    }
    differences.push(difference)
    progress(`${percent(difference.total)} total  ${percent(difference.context)} context  ${difference.name}`)
  }
  if (path.startsWith(folder.path)) rmSync(path)
}

/** llama.cpp v0.5.0 ends the whole process here: "ggml-impl.h:330: fatal error". */
function abortsTheEngine(name: string, { sequences, cacheType }: ContextQuestion): boolean {
  return name.startsWith('phi-4 ') && sequences > 1 && cacheType !== 'f16'
}

/** @throws when the engine could not lay it out and guessed instead: a guess is nothing to compare with */
async function reservedBy(
  insights: GgufInsights,
  { contextTokens, sequences, cacheType }: ContextQuestion,
  reads: boolean,
) {
  complaints.length = 0
  const type = GGML_TYPES[cacheType]
  const cache = type === undefined ? {} : { kvCacheKeyType: type, kvCacheValueType: type }
  const model = await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0 })
  const context = await insights.estimateContextResourceRequirementsV2({
    contextSize: contextTokens,
    sequences,
    modelGpuLayers: 0,
    // As our engine makes it: a text that is seen both ways is one batch.
    ...(reads && { isEmbeddingContext: true, batchSize: contextTokens }),
    ...cache,
  })
  const guessed = complaints.find((line) => line.includes('Falling back'))
  if (guessed !== undefined) throw new Error(guessed)
  return { weights: model.cpuRam, context: context.cpuRam }
}

function rowsOf(all: readonly Difference[]): readonly Measured[] {
  const row = (what: string, measured: number, bar?: number): Measured => ({
    what,
    unit: '%',
    measured: measured * 100,
    ...(bar !== undefined && { bar }),
  })
  const totals = all.map(({ total }) => total)
  const contexts = all.map(({ context }) => context)
  return [
    row('weights, cache and compute: most over', Math.max(...totals), 10),
    row('weights, cache and compute: most under', -Math.min(...totals), 3),
    row('cache and compute alone: most over', Math.max(...contexts)),
    row('cache and compute alone: most under', -Math.min(...contexts)),
  ]
}

function notesOf(all: readonly Difference[]): readonly string[] {
  const over = all.toSorted((a, b) => b.context - a.context)[0]
  const under = all.toSorted((a, b) => a.context - b.context)[0]
  return [
    `${all.length} comparisons, ${knownModels.length} models known; a negative "most under" means never under`,
    `most over: ${over?.name}; most under: ${under?.name}`,
    'not compared: Phi-4 with several sequences and a quantised cache, which aborts the engine',
    'not compared: the output buffer (the engine leaves it out of its sum), graphics memory (no such build here), flash attention off',
  ]
}

function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(2)} %`.padStart(9)
}
