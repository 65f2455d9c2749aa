import { isCountryCode } from '../countries.ts'
import type { LicenceRecord } from './licence-record.ts'

/** Who uses the model, as far as it was stated. */
export type OrganisationProfile = {
  /** ISO 3166 code. */
  readonly country?: string
  /** US dollars in a year. */
  readonly revenueUsd?: number
  /** Monthly active users of all its products. */
  readonly mau?: number
}

/** `train-on-outputs`: the answers teach another model. */
export type Use = 'commercial' | 'non-commercial' | 'train-on-outputs'

/**
 * What a licence says to this organisation and this use. `conflicts`: a term that rules it out. `unknown`: what the record
 * or the profile would have to say. `duties`: what it asks in return. `fits` is false with a conflict, undefined while
 * anything is unknown. Facts with their source, not legal advice.
 */
export type LicenceCheck = {
  readonly fits: boolean | undefined
  readonly conflicts: readonly string[]
  readonly unknown: readonly string[]
  readonly duties: readonly string[]
  /** To be shown with it. */
  readonly notice: string
}

export const NOT_LEGAL_ADVICE =
  'What licences say is stated as their sources say it, read by engineers. It is not legal advice.'

export function licenceCheck(
  record: LicenceRecord,
  organisation: OrganisationProfile,
  use: Use = 'commercial',
): LicenceCheck {
  const found = [
    commercialUse(record, use),
    cap(record.mauCap, organisation.mau, 'monthly active users'),
    cap(record.revenueCapUsd, organisation.revenueUsd, 'dollars of revenue in a year'),
    region(record, organisation),
    use === 'train-on-outputs' ? outputs(record) : FINE,
  ]
  const conflicts = found.flatMap(({ conflict }) => conflict ?? [])
  const unknown = found.flatMap((each) => each.unknown ?? [])
  const fits = conflicts.length > 0 ? false : unknown.length > 0 ? undefined : true
  return { fits, conflicts, unknown, duties: dutiesOf(record), notice: NOT_LEGAL_ADVICE }
}

type Finding = { readonly conflict?: string; readonly unknown?: string }

const FINE: Finding = {}

function commercialUse({ commercial }: LicenceRecord, use: Use): Finding {
  if (use === 'non-commercial' || commercial === true) return FINE
  return commercial === false
    ? { conflict: 'commercial use is not granted' }
    : { unknown: 'whether commercial use is granted' }
}

function cap(most: number | 'none' | undefined, has: number | undefined, what: string): Finding {
  if (most === 'none') return FINE
  if (most === undefined) return { unknown: `whether there is a cap on ${what}` }
  const shown = most.toLocaleString('en-US')
  if (has === undefined)
    return { unknown: `the ${what} of the organisation: nothing is granted above ${shown}` }
  return has > most ? { conflict: `nothing is granted above ${shown} ${what}` } : FINE
}

function region({ regionExclusions }: LicenceRecord, { country }: OrganisationProfile): Finding {
  if (regionExclusions === undefined) return { unknown: 'whether some countries are left out' }
  if (regionExclusions.length === 0) return FINE
  const shown = regionExclusions.join(', ')
  if (country === undefined)
    return { unknown: `the country of the organisation: nothing is granted in ${shown}` }
  const code = country.toUpperCase()
  // What is no country is in no list of them, and would be granted what is not.
  if (!isCountryCode(code))
    return { unknown: `which country ${country.slice(0, 32)} is: nothing is granted in ${shown}` }
  const excluded = regionExclusions.some((each) => each === code || (each === 'EU' && EU.has(code)))
  return excluded ? { conflict: `nothing is granted to licensees in ${shown}` } : FINE
}

const EU = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK EU'.split(' '),
)

function outputs({ outputsMayTrain }: LicenceRecord): Finding {
  if (outputsMayTrain === undefined) return { unknown: 'whether outputs may train other models' }
  return outputsMayTrain === 'no' ? { conflict: 'outputs may not train other models' } : FINE
}

function dutiesOf({ attribution, derivativeNaming, notes }: LicenceRecord): readonly string[] {
  return [
    ...(typeof attribution === 'string' ? [`users are told: ${attribution}`] : []),
    ...(typeof derivativeNaming === 'string' ? [`derived models: ${derivativeNaming}`] : []),
    ...(notes ?? []),
  ]
}
