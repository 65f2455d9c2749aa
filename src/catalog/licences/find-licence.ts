import { createHash } from 'node:crypto'
import type { LicenceRecord } from './licence-record.ts'
import { serviceTerms } from './service-terms.ts'
import { weightLicences } from './weight-licences.ts'

export const licences: readonly LicenceRecord[] = [...weightLicences, ...serviceTerms]

const byName: ReadonlyMap<string, LicenceRecord> = new Map(
  licences.flatMap((record) => [record.id, ...(record.aliases ?? [])].map((name) => [name, record] as const)),
)

/** By its id, SPDX's or ours, or another name of it; in whatever case. */
export function findLicence(name: string): LicenceRecord | undefined {
  return byName.get(name.trim().toLowerCase())
}

/** By the text beside the weights: the label on a model card is often wrong, and the same label has different texts. */
export function findLicenceByText(text: string): LicenceRecord | undefined {
  const sha256 = licenceTextSha256(text)
  return licences.find((record) => record.textSha256 === sha256)
}

/** White space differs between copies of the same text; nothing else may. */
export function licenceTextSha256(text: string): string {
  return createHash('sha256').update(text.replace(/\s+/g, ' ').trim()).digest('hex')
}
