import { nearestNames } from '../../core/nearest.ts'
import { invalid } from '../../core/errors.ts'
import type { FitFacts } from './fit.ts'
import { knownModels, type KnownModel } from './known-models.ts'
import { QUANTISATIONS, quantise, type Quantisation } from './quantise.ts'
import { tensorsOf } from './tensors-of.ts'

export type NamedModel = FitFacts & { readonly name: string; readonly quantisation: Quantisation }

/**
 * A model by its name, as people write it: `llama-3.1-405b`, `Llama-3.1-405B-Instruct:Q8_0`, `qwen3:8b`, with or without
 * its owner. Without a quantisation it is the one that most people take, Q4_K_M, or what its maker publishes.
 *
 * @throws MusivumError `request.invalid` with the nearest names
 */
export function findModel(text: string): NamedModel {
  const { name, quantisation: asked } = partsOf(text)
  const known = knownModels.find((model) => namesOf(model).includes(plain(name)))
  if (known === undefined) throw unknownForm(text) ?? unknown(text)
  const { shape, published } = known
  const quantisations: readonly Quantisation[] = published === undefined ? QUANTISATIONS : [published]
  if (asked !== undefined && !quantisations.includes(asked))
    throw invalid(`${known.name} is published in ${quantisations.join(', ')} only, not in ${asked}`)
  const quantisation = asked ?? published ?? 'Q4_K_M'
  return {
    name: known.name,
    quantisation,
    shape,
    quantisations,
    tensors: quantise(tensorsOf(shape), shape, quantisation),
  }
}

function partsOf(text: string): { readonly name: string; readonly quantisation?: Quantisation } {
  const [, name = text, suffix = ''] = /^(.*?)[:@]([\w]+)$/.exec(text) ?? []
  const quantisation = [...QUANTISATIONS, 'MXFP4' as const].find((each) => each === suffix.toUpperCase())
  // `qwen3:8b` has its size behind the colon.
  return quantisation === undefined ? { name: text } : { name, quantisation }
}

function namesOf({ name, source }: KnownModel): readonly string[] {
  return [plain(name), plain(source)]
}

/** Without what people add or leave out: the owner, `Instruct`, dashes and capitals. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/\b(meta|instruct|chat|base|it|hf|gguf|v0\.\d|2\d0[1-9]|241\d)\b/g, '')
    .replace(/[-_: ]+/g, '')
}

/** A model that is known, in a form that is none. */
function unknownForm(text: string): Error | undefined {
  const [, name = '', form = ''] = /^(.*):([\w.-]{1,40})$/.exec(text) ?? []
  const known = knownModels.find((model) => namesOf(model).includes(plain(name)))
  if (known === undefined) return undefined
  const forms = known.published === undefined ? QUANTISATIONS : [known.published]
  return invalid(`${known.name} is known, but not the form ${form}; expected ${forms.join(', ')}`)
}

function unknown(text: string): Error {
  const names = knownModels.map(({ name }) => name)
  const near = nearestNames(text, names, 3)
  const family = /^[a-z]+/.exec(plain(text))?.[0] ?? ''
  const related = names.filter((name) => plain(name).startsWith(family) && family !== '').slice(-4)
  const hint =
    [near, related, ['llama-3.1-8b', 'qwen-3-8b', 'gemma-3-12b']].find((list) => list.length > 0) ?? []
  return invalid(
    `there is no file and no known model ${text.slice(0, 80)}; known are, among others, ${hint.join(', ')}`,
  )
}
