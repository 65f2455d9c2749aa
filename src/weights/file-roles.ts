import { invalid } from '../core/errors.ts'
import type { FileRole } from './remote-types.ts'

/**
 * What a file of a repository is for, by its name; undefined for everything that is not fetched. Weights and texts only:
 * no code, no pickle, no archive, whatever a model card says is needed.
 */
export function fileRole(name: string): FileRole | undefined {
  const base = name.split('/').at(-1) ?? ''
  return ROLES.find(([pattern]) => pattern.test(base))?.[1]
}

const ROLES: readonly (readonly [RegExp, FileRole])[] = [
  [/mmproj.*\.gguf$/i, 'projector'],
  [/\.gguf$/i, 'weights'],
  [/^adapter_model.*\.safetensors$/i, 'adapter'],
  [/\.safetensors$/i, 'weights'],
  [/^(?:model\.sig|.*\.sig\.json|.*\.sigstore(?:\.json)?)$/i, 'signature'],
  [/\.jinja2?$|^chat_template\.json$/i, 'template'],
  [
    /^(?:tokenizer|vocab|special_tokens_map|added_tokens).*\.json$|^tokenizer\.model$|^merges\.txt$/i,
    'tokenizer',
  ],
  [/^(?:licen[cs]e|copying|notice|use_policy|usage_policy)(?:[._-][\w.-]*)?$/i, 'licence'],
  [/^readme\.md$/i, 'card'],
  [/\.json$/i, 'config'],
]

/** Loaded by an engine: checked by our own reader before anything else looks at it. */
export function isHeavy(role: FileRole): boolean {
  return role === 'weights' || role === 'adapter' || role === 'projector'
}

/** A relative path with forward slashes that stays where it is put, on every system. */
export function isSafeFileName(name: string): boolean {
  const parts = name.split('/')
  // oxlint-disable-next-line no-control-regex -- a name with a line break or a NUL in it is none
  return name.length <= 1024 && !/[\u0000-\u001f\u007f\\:]/.test(name) && parts.every(isSafePart)
}

function isSafePart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && part.length <= 255
}

/** @throws MusivumError `request.invalid` */
export function checkFileName(name: string): void {
  if (isSafeFileName(name)) return
  throw invalid(
    `a file of the source is called "${printable(name)}", which would leave its folder; nothing is fetched`,
  )
}

function printable(name: string): string {
  return name.replace(/\p{Cc}+/gu, '?').slice(0, 80)
}

/** `x-00001-of-00003.gguf`: the first of three. Undefined for a file that is whole. */
export function splitOf(name: string): Split | undefined {
  const [, stem, no, of] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name) ?? []
  return stem === undefined ? undefined : { stem, no: Number(no), of: Number(of) }
}

export type Split = { readonly stem: string; readonly no: number; readonly of: number }

export function splitName({ stem, of }: Split, no: number): string {
  const five = (value: number) => String(value).padStart(5, '0')
  return `${stem}-${five(no)}-of-${five(of)}.gguf`
}

/**
 * Split models are whole or useless: the engine would fail at the missing part, after all others have come down.
 *
 * @throws MusivumError `request.invalid` with the names that are missing, or when the files are of several models
 */
export function checkSplits(names: readonly string[]): void {
  const there = new Set(names)
  const splits = names.flatMap((name) => splitOf(name) ?? [])
  const [first] = splits
  if (first === undefined) return
  if (first.of < 1 || first.of > MAX_PARTS)
    throw invalid(`${splitName(first, first.no)} is no part of a split model`)
  const strange = names.find((name) => !isPartOf(name, first))
  if (strange !== undefined)
    throw invalid(`the source has weights of several models: ${splitName(first, first.no)} and ${strange}`)
  const missing = Array.from({ length: first.of }, (_, index) => splitName(first, index + 1)).filter(
    (name) => !there.has(name),
  )
  if (missing.length === 0) return
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : ''
  throw invalid(
    `the split model is not complete: ${missing.length} of ${first.of} parts are missing (${missing.slice(0, 3).join(', ')}${more})`,
  )
}

/** The largest models in full precision are split into some two hundred files. */
export const MAX_PARTS = 999

function isPartOf(name: string, split: Split): boolean {
  const own = splitOf(name)
  return (
    own !== undefined && own.stem === split.stem && own.of === split.of && own.no >= 1 && own.no <= own.of
  )
}
