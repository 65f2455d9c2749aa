import type { HeaderReport, MetadataSummary } from '../catalog/gguf/header-report.ts'
import type { WeightsUse } from '../engines/llama/weights-use.ts'
import type { Manifest } from '../weights/manifest.ts'
import type { TemplateAgainstBase } from '../weights/provenance/template-against-base.ts'
import { manifestText } from './models-pull-text.ts'
import type { InspectedTensor } from './models-inspect-tensors.ts'
import type { InspectedTokenizer } from './models-inspect-tokenizer.ts'
import { tokenizerText, valuesText } from './models-inspect-values-text.ts'
import { bytes } from './quantities.ts'
import { table } from './table.ts'

export type InspectReport = Omit<HeaderReport, 'tensors' | 'template'> & {
  readonly template: Manifest['template'] | HeaderReport['template']
  /** With what is in them where --tensors was given. */
  readonly tensors: HeaderReport['tensors'] | readonly InspectedTensor[]
  readonly file: string
  readonly bytes: number
  readonly sha256: string | null
  /** What a process with these weights does; null: an adapter, which does what its base does, or a projector. */
  readonly serves: WeightsUse | null
  /** Our record of the licence that the file declares; null: none of ours. */
  readonly licence_record: string | null
  /** Of a pulled model: where it came from, under which licence, how sure it is what it is. */
  readonly manifest?: Manifest
  /** Of a pulled model: null where what it was made from is not on the shelf. */
  readonly template_against_base?: TemplateAgainstBase | null
  /** With --tokenizer. */
  readonly tokenizer_samples?: InspectedTokenizer
  /** With --template; null: the file carries none. */
  readonly template_text?: string | null
}

/** A page for people; what a header says of itself goes to a terminal, so control characters are taken out. */
export function inspectText(report: InspectReport): string {
  const parts = [
    table(factRows(report)),
    ...(report.manifest === undefined ? [] : [section('Pulled', pulledText(report.manifest))]),
    section('Mix', table([['TYPE', 'TENSORS', 'PARAMETERS', 'SIZE'], ...report.mix.map(mixRow)])),
    section('Template', templateText(report)),
    ...(report.template_text === undefined
      ? []
      : [section('Template as it is', linesOf(report.template_text))]),
    ...(report.tokenizer_samples === undefined
      ? []
      : [section('Tokens by language', tokenizerText(report.tokenizer_samples))]),
    section(
      'Metadata',
      table(Object.entries(report.metadata).map(([key, value]) => [plain(key), shown(value)])),
    ),
    section('Tensors', tensorsText(report)),
  ]
  return parts.join('\n\n')
}

function pulledText(manifest: Manifest): string {
  const { at, by } = manifest.pulled
  return `${manifestText(manifest)}\npulled by ${by} on ${at.slice(0, 10)}`
}

function section(title: string, body: string): string {
  return `${title}\n${body.replace(/^(?=.)/gm, '  ')}`
}

function factRows(report: InspectReport): readonly (readonly string[])[] {
  const { format, tokenizer, licence } = report
  const rows: readonly (readonly [string, string | null])[] = [
    ['file', `${report.file}, ${bytes(report.bytes)}, GGUF ${format.version}, ${format.endian}-endian`],
    ['sha256', report.sha256],
    ['name', report.name],
    ['architecture', `${report.architecture ?? 'not said'}${whatItIs(report)}`],
    ['parameters', `${report.parameters}, ${report.bits_per_weight} bits each`],
    ['quantisation', report.quantisation],
    ['context', report.context_tokens === null ? null : `${report.context_tokens} tokens`],
    [
      'tokenizer',
      `${[tokenizer.model, tokenizer.pre].filter(Boolean).join(', ') || 'none'}, ${tokenizer.tokens ?? 0} tokens`,
    ],
    ['licence', licenceText(report)],
    ['by', [licence.organization, licence.author].filter(Boolean).join(', ') || null],
    ['made from', licence.base_models.join(', ') || null],
  ]
  return rows.map(([what, value]) => [what, value === null ? '-' : plain(value)])
}

/** What makes it another thing than a model that writes. */
function whatItIs({ kind, serves }: InspectReport): string {
  if (kind !== 'model') return ` (${kind})`
  if (serves === 'text') return ''
  return serves === 'rerank' ? ' (only puts documents in order)' : ' (only makes embeddings)'
}

function licenceText({ licence, licence_record }: InspectReport): string {
  const said = [licence.id, licence.name, licence.link].filter(Boolean).join(', ')
  if (said === '') return 'not said'
  return licence_record === null ? `${said} (declared; no record of ours)` : `${said} (declared)`
}

function mixRow({ type, tensors, parameters, bytes: size }: InspectReport['mix'][number]): readonly string[] {
  return [type, String(tensors), String(parameters), bytes(size)]
}

function tensorsText({ tensors }: InspectReport): string {
  const read = tensors.flatMap((tensor) => ('statistics' in tensor ? [tensor] : []))
  if (read.length > 0) return valuesText(read)
  return table([['NAME', 'SHAPE', 'TYPE', 'SIZE'], ...tensors.map(tensorRow)])
}

function tensorRow({ name, shape, type, bytes: size }: InspectReport['tensors'][number]): readonly string[] {
  return [plain(name), shape.join(' x '), type, bytes(size)]
}

function templateText({ template, template_against_base }: InspectReport): string {
  if (template === null) return 'none'
  const { sha256, chars, flags } = template
  const against = template_against_base ? `\n${againstText(template_against_base)}` : ''
  const about = `${chars} characters, sha256 ${sha256}${against}`
  if (flags.length === 0) return `${about}\nnothing in it that ordinary templates do not have`
  return [about, 'Look at these before you trust it:', ...flags.map(flagLine)].join('\n')
}

function againstText({ base, verdict, diff }: TemplateAgainstBase): string {
  const of = `that of ${plain(base)}, which it is made from`
  if (verdict === 'unknown') return `it cannot be compared with ${of}: one of them has none`
  if (verdict === 'same') return `the same as ${of}`
  if (diff === null) return `another than ${of}, and too long to say where`
  const lines = diff.lines.slice(0, SHOWN_LINES).map(changedLine)
  const more = diff.lines.length > SHOWN_LINES ? [`… --json says all`] : []
  return [`${diff.added} lines more and ${diff.removed} lines less than ${of}:`, ...lines, ...more].join('\n')
}

const SHOWN_LINES = 20

function changedLine({
  kind,
  line,
  text,
}: NonNullable<TemplateAgainstBase['diff']>['lines'][number]): string {
  return `${kind === 'added' ? '+' : '-'} ${line}: ${plain(text)}`
}

function flagLine({
  line,
  kind,
  why,
}: {
  readonly line: number
  readonly kind: string
  readonly why: string
}): string {
  return `line ${line}, ${kind}: ${plain(why)}`
}

function shown(value: InspectReport['metadata'][string]): string {
  return plain(typeof value === 'object' ? summaryText(value) : String(value))
}

function summaryText(summary: MetadataSummary): string {
  if ('chars' in summary)
    return `${summary.chars} characters${summary.begins === '' ? '' : `: ${summary.begins}…`}`
  const { items, type, first } = summary
  const start = first.map((item) => JSON.stringify(item)).join(' ')
  return `${items} x ${type}${start === '' ? '' : `: ${start}`}${first.length < items ? ' …' : ''}`
}

const MAX_CELL = 160

/** The lines of a template, without what would colour, move or clear anything. */
function linesOf(template: string | null): string {
  return template === null ? 'none' : template.replace(/[^\P{Cc}\n]+/gu, ' ')
}

/** Escape sequences in a model's name must not colour, move or clear anything. */
export function plain(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ')
  return line.length <= MAX_CELL ? line : `${line.slice(0, MAX_CELL - 1)}…`
}
