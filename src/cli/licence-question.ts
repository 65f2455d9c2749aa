import type { LicenceRecord } from '../catalog/licences/licence-record.ts'
import { NOT_LEGAL_ADVICE } from '../catalog/licences/licence-check.ts'
import { invalid } from '../core/errors.ts'
import type { LicenceFinding } from '../weights/licence-finding.ts'
import type { Terminal } from './terminal.ts'

export type LicenceQuestion = {
  readonly finding: LicenceFinding
  readonly model: string
  /** `--accept-licence` was given. */
  readonly accepted: boolean
}

/**
 * Shows the licence, then takes the switch or asks whoever sits at the terminal.
 *
 * @throws MusivumError `request.invalid` where nobody can be asked
 */
export async function agreeToLicence(question: LicenceQuestion, terminal: Terminal): Promise<boolean> {
  const { finding, model, accepted } = question
  for (const line of licenceLines(finding, model)) terminal.note(line)
  if (accepted) return true
  if (terminal.ask === undefined)
    throw invalid(
      `the licence of ${model} (${nameOf(finding)}) has to be accepted first: read it and add --accept-licence`,
    )
  const answer = await terminal.ask(`Do you accept it for ${model}? [y/N] `)
  return /^y(?:es)?$/i.test(answer.trim())
}

// The longest licence of open weights known has some 900 lines; who wants more than that reads the file.
const MAX_LINES = 1000

function licenceLines(finding: LicenceFinding, model: string): readonly string[] {
  const { record, effective, text, dispute } = finding
  const lines = plainLines(text)
  return [
    `${model}: licence ${nameOf(finding)}`,
    ...(dispute === null ? [] : [`  ${dispute}`]),
    ...(record === undefined ? ['  no record of ours says what it grants'] : termsOf(record)),
    ...(effective === undefined || effective === record
      ? []
      : [`  through what it was made from, ${effective.name} counts too:`, ...termsOf(effective)]),
    ...(record === undefined && effective === undefined ? [] : [`  ${NOT_LEGAL_ADVICE}`]),
    ...lines.slice(0, MAX_LINES).map((line) => `  | ${line}`),
    ...(lines.length > MAX_LINES ? [`  | … ${lines.length - MAX_LINES} more lines`] : []),
  ]
}

function nameOf({ record, declared, text }: LicenceFinding): string {
  if (record !== undefined) return record.name
  if (declared !== null) return declared.replace(/\p{Cc}+/gu, ' ').slice(0, 100)
  return text === null ? 'not declared' : 'in the words below'
}

function termsOf(record: LicenceRecord): readonly string[] {
  const { commercial, mauCap, revenueCapUsd, regionExclusions, fieldOfUse, attribution, derivativeNaming } =
    record
  const caps = [
    typeof mauCap === 'number' ? `${mauCap.toLocaleString('en-US')} monthly active users` : [],
    typeof revenueCapUsd === 'number'
      ? `${revenueCapUsd.toLocaleString('en-US')} dollars of revenue a year`
      : [],
  ].flat()
  const terms = [
    `commercial use: ${commercial === undefined ? 'not known' : commercial ? 'granted' : 'not granted'}`,
    ...caps.map((cap) => `nothing is granted above ${cap}`),
    ...named('not granted in', regionExclusions),
    ...named('ruled out', fieldOfUse),
    ...(typeof attribution === 'string' ? [`users are told: ${attribution}`] : []),
    ...(typeof derivativeNaming === 'string' ? [`derived models: ${derivativeNaming}`] : []),
    ...(record.notes ?? []),
  ]
  return terms.map((term) => `  - ${term}`)
}

function named(what: string, items: readonly string[] | undefined): readonly string[] {
  return items === undefined || items.length === 0 ? [] : [`${what}: ${items.join(', ')}`]
}

/** A text that comes with weights goes to a terminal. */
function plainLines(text: string | null): readonly string[] {
  if (text === null) return []
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.replace(/\p{Cc}+/gu, ' ').slice(0, 400))
}
