import { findLicence, findLicenceByText, licenceTextSha256 } from '../catalog/licences/find-licence.ts'
import type { LicenceRecord } from '../catalog/licences/licence-record.ts'
import { strictest, type Ancestor } from './lineage.ts'

/** What is known about the licence of a model before anybody accepts it. */
export type LicenceFinding = {
  readonly declared: string | null
  readonly record: LicenceRecord | undefined
  /** The text beside the weights, as it is; null where there is none. */
  readonly text: string | null
  readonly textSha256: string | null
  readonly effective: LicenceRecord | undefined
  /** One line for whoever accepts it, where the text and the label say different things. */
  readonly dispute: string | null
}

export type LicenceSources = {
  /** By the repository, or by the header of the file. */
  readonly declared: string | null
  readonly texts: readonly string[]
  readonly lineage: readonly Ancestor[]
}

/** The text beside the weights counts more than the label on the card, which is often wrong. */
export function licenceFinding({ declared, texts, lineage }: LicenceSources): LicenceFinding {
  const known = texts.find((each) => findLicenceByText(each) !== undefined)
  const text = known ?? texts[0] ?? null
  const byText = known === undefined ? undefined : findLicenceByText(known)
  const byLabel = declared === null ? undefined : findLicence(declared)
  const record = byText ?? byLabel
  const inherited = lineage.flatMap(({ licence }) => (licence === null ? [] : (findLicence(licence) ?? [])))
  return {
    declared,
    record,
    text,
    textSha256: text === null ? null : licenceTextSha256(text),
    effective: strictest([...(record === undefined ? [] : [record]), ...inherited]),
    dispute: byText === undefined || declared === null || byText === byLabel ? null : said(declared, byText),
  }
}

function said(declared: string, byText: LicenceRecord): string {
  return `the card says ${printable(declared)}, the text beside the weights is ${byText.name}: the text counts`
}

/** Anything there is to accept. */
export function asksForAcceptance({ declared, text }: LicenceFinding): boolean {
  return declared !== null || text !== null
}

/** The same licence is accepted once: the same text, or without one the same record or label. */
export function licenceKey({ declared, record, textSha256 }: LicenceFinding): string {
  return textSha256 ?? record?.id ?? declared?.trim().toLowerCase() ?? ''
}

export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 100)
}
