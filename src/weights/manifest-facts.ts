import { isDeepStrictEqual } from 'node:util'
import type { WeightsHeader } from './check-weights.ts'
import type { LicenceFinding } from './licence-finding.ts'
import type { Manifest } from './manifest.ts'

/** What the headers of all parts say together: a split model spreads its tensors over them. */
export function headerFacts(headers: readonly WeightsHeader[]): Pick<Manifest, 'header' | 'template'> {
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
    template:
      first.template === null
        ? null
        : { ...first.template, flags: first.template.flags.map((flag) => ({ ...flag })) },
  }
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
