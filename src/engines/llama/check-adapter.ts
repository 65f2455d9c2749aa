import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import { textOf, type GgufHeader, type GgufTensor } from '../../catalog/gguf/header.ts'
import { MusivumError } from '../../core/errors.ts'
import { isAdapter, isPart } from './check-weights.ts'

/** A header with the name of its file. */
export type NamedHeader = { readonly header: GgufHeader; readonly file: string }

/**
 * A LoRA adapter that the engine can put on these weights: each of its pairs has a matrix of theirs, of its size. The
 * engine would find most of that out too, after the weights are in memory, and some of it by ending the process.
 *
 * @throws MusivumError `engine.weights_damaged`, or `config.invalid` when it was made for other weights
 */
export function checkAdapter(adapter: NamedHeader, base: NamedHeader): void {
  const { header, file } = adapter
  if (!isAdapter(header)) throw damaged(file, 'this is not an adapter.')
  const kind = textOf(header, 'adapter.type')
  if (kind !== null && kind !== 'lora')
    throw damaged(file, `this is an adapter of the kind ${shown(kind)}, not a LoRA.`)
  const [made, are] = [architectureOf(header), architectureOf(base.header)]
  if (made !== are)
    throw otherBase(adapter, base, `it is for the architecture ${shown(made)}, and these are ${shown(are)}`)
  const pairs = pairsOf(header, file)
  if (pairs.length === 0) throw damaged(file, 'there are no matrices in it.')
  // Of weights in several files only the first is known here; what is in the others the engine itself compares.
  if (isPart(base.header)) return
  const tensors = new Map(base.header.tensors.map((tensor) => [tensor.name, tensor]))
  for (const pair of pairs) {
    const why = mismatch(pair, tensors.get(pair.name))
    if (why !== undefined) throw otherBase(adapter, base, why)
  }
}

function architectureOf(header: GgufHeader): string {
  return textOf(header, 'general.architecture') ?? 'unknown'
}

type Pair = { readonly name: string; readonly a: GgufTensor; readonly b: GgufTensor }

function pairsOf({ tensors }: GgufHeader, file: string): readonly Pair[] {
  const halves = Map.groupBy(
    // The engine itself leaves those of norms out.
    tensors.filter(({ name }) => !name.endsWith('_norm.weight')),
    ({ name }) => name.replace(/\.lora_[ab]$/, ''),
  )
  return Array.from(halves, ([name, both]) => {
    const half = (letter: string) => both.find((tensor) => tensor.name === `${name}.lora_${letter}`)
    const [a, b] = [half('a'), half('b')]
    if (a === undefined || b === undefined || both.length !== 2)
      throw damaged(file, `${shown(name)} is not a pair of matrices, lora_a and lora_b.`)
    return { name, a, b }
  })
}

/** What the two multiply to must be as the matrix that it is added to. */
function mismatch({ name, a, b }: Pair, tensor: GgufTensor | undefined): string | undefined {
  if (tensor === undefined) return `it changes ${shown(name)}, which is not in these`
  // The table of tokens is looked up in and not multiplied with: its pair lies the other way round.
  const isTable = name === 'token_embd.weight'
  const [width, height] = isTable ? [b.shape[1], a.shape[1]] : [a.shape[0], b.shape[1]]
  if (width !== tensor.shape[0] || height !== tensor.shape[1])
    return `its ${shown(name)} is ${width} x ${height}, and theirs ${tensor.shape.slice(0, 2).join(' x ')}`
  return a.shape[isTable ? 0 : 1] === b.shape[0] ? undefined : `the pair of ${shown(name)} does not multiply`
}

function otherBase({ file }: NamedHeader, base: NamedHeader, why: string): MusivumError {
  return new MusivumError('config.invalid', `${file} was made for other weights than ${base.file}: ${why}.`, {
    adapter: file,
    weights: base.file,
  })
}

/** A stranger's file gives these words. */
function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80)
}
