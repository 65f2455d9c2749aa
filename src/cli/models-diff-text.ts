import type {
  HeaderDifferences,
  ListDifference,
  MetadataDifference,
  TemplateDifference,
} from '../catalog/gguf/header-differences.ts'
import type { ChangedTensor, OneTensor, TensorDifferences } from './models-diff-tensors.ts'
import { plain } from './models-inspect-text.ts'
import { figure } from './models-inspect-values-text.ts'
import { table } from './table.ts'

export type DiffReport = HeaderDifferences & {
  readonly a: string
  readonly b: string
  /** With `tensors` null: as far as the headers say. */
  readonly same: boolean
  readonly notes: readonly string[]
  /** Null with --no-tensors. */
  readonly tensors: TensorDifferences | null
}

/** What differs, for people; what is the same takes one line. */
export function diffText(report: DiffReport): string {
  const { a, b, same, notes, tensors, template, tokenizer, metadata } = report
  const verdict = same
    ? tensors === null
      ? 'The headers are the same; the values of the tensors were not compared.'
      : 'Nothing differs.'
    : 'They differ.'
  return [
    [`A  ${plain(a)}`, `B  ${plain(b)}`, verdict, ...notes].join('\n'),
    section('Tensors', tensors === null ? 'not compared' : tensorsText(tensors)),
    section('Template', templateText(template)),
    section('Tokenizer', tokenizer.same ? 'the same' : tokenizer.lists.map(listText).join('\n')),
    section('Metadata', metadataText(metadata)),
  ].join('\n\n')
}

function section(title: string, body: string): string {
  return `${title}\n${body.replace(/^(?=.)/gm, '  ')}`
}

function tensorsText({ same, changed, added, removed }: TensorDifferences): string {
  const counts = `${same} the same, ${changed.length} changed, ${added.length} only in B, ${removed.length} only in A`
  const head = ['CHANGED', 'TYPE', 'VALUES CHANGED', 'LARGEST', 'MEAN', 'RELATIVE']
  return [
    counts,
    ...(changed.length === 0 ? [] : [table([head, ...changed.map(changedRow)])]),
    ...added.map((tensor) => `only in B  ${oneText(tensor)}`),
    ...removed.map((tensor) => `only in A  ${oneText(tensor)}`),
  ].join('\n')
}

function oneText({ name, shape, type }: OneTensor): string {
  return `${plain(name)}  ${shape.join(' x ')}  ${type}`
}

function changedRow({ name, a, b, values, unread }: ChangedTensor): readonly string[] {
  const type = a.type === b.type ? a.type : `${a.type} to ${b.type}`
  if (values !== null) {
    const { changed, values: all, largest, mean, relative, not_finite } = values
    const strange = not_finite === 0 ? '' : `, ${not_finite} NaN or infinite`
    const share = relative === null ? '-' : `${figure(100 * relative)} %${strange}`
    return [plain(name), type, `${changed} of ${all}`, figure(largest), figure(mean), share]
  }
  return [plain(name), type, unread ?? `${a.shape.join(' x ')} to ${b.shape.join(' x ')}`]
}

function templateText({ same, a, b, lines }: TemplateDifference): string {
  if (same) return a === null ? 'neither has one' : `the same, sha256 ${a}`
  return [
    `A  ${a ?? 'none'}`,
    `B  ${b ?? 'none'}`,
    ...lines.map(({ side, line, text }) => `${side === 'a' ? '-' : '+'}${line}  ${plain(text)}`),
  ].join('\n')
}

/** The JSON has ten. */
const MAX_SHOWN = 5

function listText({ list, items: [a, b], changed, first }: ListDifference): string {
  const rows = first
    .slice(0, MAX_SHOWN)
    .map(({ place, a: one, b: other }) => `  ${place}: ${item(one)} to ${item(other)}`)
  const more = changed > rows.length ? [`  and ${changed - rows.length} more`] : []
  return [`${list}: ${a ?? 'none'} in A, ${b ?? 'none'} in B, ${changed} differ`, ...rows, ...more].join('\n')
}

function item(value: string | number | boolean | null): string {
  return value === null ? 'nothing' : plain(JSON.stringify(value))
}

function metadataText({ same, added, removed, changed }: MetadataDifference): string {
  if (same) return 'the same'
  return [
    ...changed.map(({ key, a, b }) => `${plain(key)}: ${plain(a)} to ${plain(b)}`),
    ...added.map((key) => `only in B  ${plain(key)}`),
    ...removed.map((key) => `only in A  ${plain(key)}`),
  ].join('\n')
}
