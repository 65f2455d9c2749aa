import { isDeepStrictEqual } from 'node:util'
import { textOf } from '../catalog/gguf/header.ts'
import type { TemplateFacts } from '../catalog/gguf/template-flags.ts'
import type { WeightsHeader } from './check-weights.ts'
import type { LicenceFinding } from './licence-finding.ts'
import type { Manifest } from './manifest.ts'

/**
 * What the headers of all parts say together: a split model spreads its tensors over them.
 *
 * @param problem why the chat template cannot be read; null where it can
 */
export function headerFacts(
  headers: readonly WeightsHeader[],
  problem: string | null,
): Pick<Manifest, 'header' | 'template'> {
  const reports = headers.flatMap((header) => (header === null ? [] : [header.report]))
  const [first] = reports
  if (first === undefined) return { header: null, template: null }
  const models = reports.filter(({ kind }) => kind === first.kind)
  return {
    header: {
      architecture: short(first.architecture),
      kind: short(first.kind) ?? 'model',
      name: short(first.name),
      parameters: models.reduce((sum, { parameters }) => sum + parameters, 0),
      quantisation: first.quantisation,
      context_tokens: first.context_tokens,
      tensors: models.reduce((sum, { tensors }) => sum + tensors.length, 0),
    },
    template: first.template === null ? null : templateWith(first.template, problem),
  }
}

/** Weights whose template cannot be read load and answer nobody, so that comes before what is only unusual. */
export function templateWith({ flags, ...facts }: TemplateFacts, problem: string | null): Template {
  const unreadable = problem === null ? [] : [{ kind: 'unreadable', line: 1, why: short(problem) ?? '' }]
  return { ...facts, flags: [...unreadable, ...flags.map((flag) => ({ ...flag }))].slice(0, MAX_FLAGS) }
}

/** As many as a manifest has room for. */
const MAX_FLAGS = 50

type Template = NonNullable<Manifest['template']>

/** Of the first part, as it is. */
export function templateOf([first]: readonly WeightsHeader[]): string | null {
  return first === undefined || first === null ? null : textOf(first.gguf, 'tokenizer.chat_template')
}

/** Names come from whoever made the file. */
function short(text: string | null): string | null {
  return text === null ? null : text.replace(/\p{Cc}+/gu, ' ').slice(0, 200)
}

export function declaresItself(header: WeightsHeader): boolean {
  if (header === null) return false
  const { name, licence } = header.report
  return [name, licence.organization, licence.author, licence.source].some(
    (each) => each !== null && each !== '',
  )
}

export function licenceFields(
  finding: LicenceFinding,
  accepted: Manifest['licence']['accepted'],
): Manifest['licence'] {
  return {
    declared: short(finding.declared),
    record: finding.record?.id ?? null,
    text_sha256: finding.textSha256,
    effective: finding.effective?.id ?? null,
    accepted,
  }
}

/** Apart from when and how it was asked for, and what was found out about it since. */
export function saysTheSame(one: Manifest, other: Manifest): boolean {
  const { asked, pulled, signature, fingerprint } = one
  const came = { ...one, provenance: provenanceAtPull(one) }
  return isDeepStrictEqual(came, { ...other, asked, pulled, signature, fingerprint })
}

/** Before a signature or a fingerprint said more. */
export function provenanceAtPull({ provenance }: Manifest): Manifest['provenance'] {
  const { level, why } = provenance.pulled ?? provenance
  return { level, why }
}
