import type { LlamaServerBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Size } from '../llama/memory-fit.ts'

export type ServerOrder = {
  readonly binding: LlamaServerBinding
  /** What the server calls the model. */
  readonly name: string
  readonly size: Size
  readonly threads: number
}

/** What the program can be told, by its own `--help`: its options change from month to month. */
export type KnownOptions = ReadonlySet<string>

export function optionsIn(helpText: string): KnownOptions {
  return new Set(helpText.match(/(?<![\w-])--?[a-z][a-z0-9-]*/g))
}

/**
 * The command line for one model. Nothing in it is free text of a configuration, and the key is not in it: everybody on
 * this machine can read a command line.
 *
 * @throws MusivumError `config.invalid` for a path that the program would take for a list
 */
export function serverArguments(order: ServerOrder, known: KnownOptions): readonly string[] {
  const { binding, name, size, threads } = order
  return [
    '--model',
    binding.weights,
    '--alias',
    name,
    '--host',
    '127.0.0.1',
    // The system chooses a free port at the moment of binding, and the program says which in its log: one that we had
    // looked for could be somebody else's by then.
    '--port',
    '0',
    // All slots together: each has an equal part.
    '--ctx-size',
    String(size.contextTokens * size.slots),
    '--parallel',
    String(size.slots),
    '--threads',
    String(threads),
    '--threads-batch',
    String(threads),
    ...(typeof binding.gpuLayers === 'number' ? ['--n-gpu-layers', String(binding.gpuLayers)] : []),
    ...(binding.adapter === undefined ? [] : ['--lora', single(name, binding.adapter)]),
    ...purpose(binding, size),
    ...WANTED.flatMap(([option, ...value]) => (known.has(option) ? [option, ...value] : [])),
  ]
}

/** Said where the program knows the word; where it does not, it is older than what the word turns off. */
const WANTED: readonly (readonly [option: string, ...value: string[]])[] = [
  ['--offline'],
  ['--no-webui'],
  // Shows the prompts of others to whoever has the key.
  ['--no-slots'],
  // Drops the beginning of a conversation without a word once the context is full.
  ['--no-context-shift'],
  ['--jinja'],
  // Up to 8 GiB of old prompts by default: memory that was promised to nobody.
  ['--cache-ram', '0'],
  // Shares one context between slots: a request would fit on some days only.
  ['--no-kv-unified'],
]

/** A text has to be read in one piece for its vector, so the batch is as long as the context. */
function purpose({ serves }: LlamaServerBinding, { contextTokens }: Size): readonly string[] {
  if (serves === undefined || serves === 'text') return []
  const batch = String(contextTokens)
  const kind = serves === 'embeddings' ? '--embeddings' : '--reranking'
  return [kind, '--batch-size', batch, '--ubatch-size', batch]
}

function single(name: string, path: string): string {
  if (!path.includes(',')) return path
  throw new MusivumError(
    'config.invalid',
    `The adapter of ${name} has a comma in its path, which llama-server takes for two adapters; rename the file.`,
  )
}
