import { invalid } from '../../core/errors.ts'
import { checkSplits, splitOf } from '../file-roles.ts'
import type { FileRole } from '../remote-types.ts'
import type { ListedFile } from './hub-api.ts'

export type ChosenFile = ListedFile & { readonly role: FileRole }

/**
 * The files of a repository that are worth fetching: one set of weights, and the small files that say what they are.
 * Everything else stays where it is: code, archives and pickles have no role.
 *
 * @param quant a quantisation or the name of a file, in any case
 * @throws MusivumError `request.invalid`: what there is, when none or several fit, or when parts are missing
 */
export function chooseFiles(
  files: readonly ListedFile[],
  quant: string | undefined,
  name: string,
): readonly ChosenFile[] {
  const sets = setsOf(files.filter(({ path }) => /\.gguf$/i.test(path) && !NEVER.test(baseOf(path))))
  if (sets.length > 0 || quant !== undefined) {
    const chosen = chosenSet(sets, quant, name)
    const role = roleOfWeights(chosen.label)
    return [...chosen.files.map((file) => ({ ...file, role })), ...companions(files, GGUF_COMPANIONS)]
  }
  const tensors = files.filter(({ path }) => SAFETENSORS.test(path))
  if (tensors.length === 0) throw invalid(nothingSafe(files, name))
  const role = tensors.some(({ path }) => path.startsWith('adapter_')) ? 'adapter' : 'weights'
  return [...tensors.map((file) => ({ ...file, role }) as const), ...companions(files, ALL_COMPANIONS)]
}

/** Calibration data and drafts of a repository's author have the ending of weights and are none. */
const NEVER = /imatrix/i
/** At the top: what lies in folders are other forms of the same model. */
const SAFETENSORS = /^[^/]+\.safetensors$/

type WeightSet = {
  /** What people call it: the file name without its ending and its part number. */
  readonly label: string
  readonly files: readonly ListedFile[]
}

/** Parts of one model under one name; whole files are sets of one. */
function setsOf(files: readonly ListedFile[]): readonly WeightSet[] {
  const sets = Map.groupBy(files, ({ path }) => {
    const split = splitOf(path)
    return split === undefined ? path : `${split.stem} of ${split.of}`
  })
  return Array.from(sets, ([path, parts]) => {
    const label = splitOf(parts[0]?.path ?? '')?.stem ?? path.replace(/\.gguf$/i, '')
    return { label, files: parts.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
  })
}

function chosenSet(sets: readonly WeightSet[], quant: string | undefined, name: string): WeightSet {
  const fitting = quant === undefined ? sets : sets.filter((set) => carries(set, quant))
  // The plain name beats those that have more in front of it: `Q4_K_M` beside `UD-Q4_K_M`.
  const models = fitting.filter(isModel)
  const [only, second] = models.length > 0 ? models : fitting
  if (only === undefined) throw invalid(absentLine(sets, quant, name))
  if (second !== undefined) throw invalid(ambiguousLine(models.length > 0 ? models : fitting, quant, name))
  checkSplits(only.files.map(({ path }) => path))
  return only
}

/** Neither a projector for pictures nor an adapter: these are fetched when they are named. */
function isModel({ label }: WeightSet): boolean {
  return roleOfWeights(label) === 'weights'
}

export function roleOfWeights(label: string): 'weights' | 'adapter' | 'projector' {
  const base = baseOf(label)
  if (/mmproj/i.test(base)) return 'projector'
  return /(?:^|[-_.])lora(?:[-_.]|$)/i.test(base) ? 'adapter' : 'weights'
}

/** As a word of its own: `Q4_K` is not in `Q4_K_M`, and `Q4_XS` not in `IQ4_XS`. */
function carries({ label, files }: WeightSet, quant: string): boolean {
  const wanted = quant.toLowerCase().replace(/\.gguf$/, '')
  if (files.some(({ path }) => baseOf(path).toLowerCase() === `${wanted}.gguf`)) return true
  if (baseOf(label).toLowerCase() === wanted) return true
  const escaped = wanted.replace(/[^a-z0-9]/g, '\\$&')
  return new RegExp(`(?<![a-z0-9_])${escaped}(?![a-z0-9_])`).test(label.toLowerCase())
}

/** A GGUF file holds its own tokenizer; the one beside it is 30 MB that nobody reads. */
const GGUF_COMPANIONS: ReadonlySet<FileRole> = new Set<FileRole>([
  'template',
  'config',
  'licence',
  'card',
  'signature',
])
const ALL_COMPANIONS: ReadonlySet<FileRole> = new Set<FileRole>([...GGUF_COMPANIONS, 'tokenizer'])

/** The largest tokenizer known has 35 MB. */
const MAX_COMPANION_BYTES = 64 * 1024 * 1024

function companions(files: readonly ListedFile[], wanted: ReadonlySet<FileRole>): readonly ChosenFile[] {
  return files.flatMap((file) => {
    const role = companionRole(file.path)
    const fits = role !== undefined && wanted.has(role) && file.bytes <= MAX_COMPANION_BYTES
    return fits ? [{ ...file, role }] : []
  })
}

/** The allow-list. By whole names: an ending says nothing about what a program makes of the file. */
export function companionRole(path: string): FileRole | undefined {
  return COMPANIONS.find(([pattern]) => pattern.test(path))?.[1]
}

const COMPANIONS: readonly (readonly [RegExp, FileRole])[] = [
  [/^(?:licen[cs]e|copying|notice|use_policy|usage_policy)(?:[-_][\w-]*)?(?:\.(?:txt|md))?$/i, 'licence'],
  [/^readme\.md$/i, 'card'],
  [/^chat_template\.(?:jinja|json)$/, 'template'],
  [/^(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$/, 'tokenizer'],
  [/^(?:tokenizer\.model|merges\.txt)$/, 'tokenizer'],
  [/^(?:config|generation_config|adapter_config|params)\.json$/, 'config'],
  [/^[^/]+\.safetensors\.index\.json$/, 'config'],
  [/^model\.sig$/, 'signature'],
]

/** More would fill the screen, and the page of the repository shows them better. */
const MAX_NAMES = 12

function absentLine(sets: readonly WeightSet[], quant: string | undefined, name: string): string {
  if (sets.length === 0)
    return `${name} has no GGUF file; leave the quantisation out, or name a repository that has some`
  const asked = quant === undefined ? 'has no weights of its own' : `has no ${quant}`
  return `${name} ${asked}; it has ${listed(sets)}`
}

function ambiguousLine(sets: readonly WeightSet[], quant: string | undefined, name: string): string {
  const asked = quant === undefined ? 'has more than one' : `has more than one with ${quant}`
  const example = baseOf(sets[0]?.label ?? '').slice(0, 80)
  return `${name} ${asked}: name one, as in ${name}:${example}; it has ${listed(sets)}`
}

function listed(sets: readonly WeightSet[]): string {
  const names = sets.slice(0, MAX_NAMES).map(({ label }) => baseOf(label).slice(0, 80))
  const more = sets.length > MAX_NAMES ? ` and ${sets.length - MAX_NAMES} more` : ''
  return names.join(', ') + more
}

function nothingSafe(files: readonly ListedFile[], name: string): string {
  const other = files.find(({ path }) => /\.(?:bin|pt|pth|pkl|ckpt|h5|onnx|msgpack)$/i.test(path))
  const why =
    other === undefined
      ? ''
      : `; ${baseOf(other.path).slice(0, 80)} may run code when it is opened and is never fetched`
  return `${name} has neither GGUF nor safetensors files${why}`
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
