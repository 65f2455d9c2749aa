import { findLicence } from '../../catalog/licences/find-licence.ts'
import { licenceCheck } from '../../catalog/licences/licence-check.ts'
import type { LicenceRecord } from '../../catalog/licences/licence-record.ts'
import type { Provenance, StatedFacts, WhereItRuns } from '../../catalog/model-facts.ts'
import { runsHere, type Binding, type Model } from '../../catalog/model.ts'
import { findSeller, type Seller } from '../../catalog/sellers.ts'
import { whereItRuns } from '../../catalog/where-it-runs.ts'
import { toUsd } from '../../core/money.ts'
import type { Organisation } from '../rules/rule.ts'
import { valuesOf, type FactsOf, type Values } from './fact-table.ts'

/** What rules may know of a model: what was stated first, then what follows from how it is called, else nothing. */
export function modelValues(model: Model, organisation: Organisation): Values {
  return valuesOf('model', modelFacts(model, organisation))
}

export function modelFacts(model: Model, organisation: Organisation): FactsOf<'model'> {
  const { facts: stated = {}, binding, price, measured, toy, name } = model
  const runs = stated.runs ?? whereItRuns(binding)
  const local = runs !== 'remote'
  const seller = sellerOf(binding)
  const named = stated.licence ?? model.licence ?? seller?.terms
  const record = named === undefined ? undefined : findLicence(named)
  return {
    name,
    engine: binding.engine,
    runs,
    local,
    toy,
    ...soldBy(stated, seller, local, organisation),
    region: model.region ?? (local ? 'on-premises' : undefined),
    ...contractOf(stated, runs),
    // Not `unknown`, which is a value: what nobody said must keep a rule from passing.
    openness: stated.openness ?? record?.openness,
    provenance: stated.provenance ?? provenanceOf(model),
    certified: stated.certified,
    price_in_usd: usdOf(price, 'inputPerMillion'),
    price_out_usd: usdOf(price, 'outputPerMillion'),
    first_token_ms: measured?.firstTokenMs,
    writes_per_s: measured?.writesPerS,
    'licence.spdx': record?.id ?? named?.toLowerCase(),
    ...(record === undefined ? {} : licenceFacts(record, organisation)),
  }
}

function soldBy(
  stated: StatedFacts,
  seller: Seller | undefined,
  local: boolean,
  organisation: Organisation,
): FactsOf<'model'> {
  const own = local && seller === undefined
  return {
    seller: stated.seller ?? seller?.id ?? (own ? 'self' : undefined),
    legal_seat: stated.legalSeat ?? seller?.legalSeat ?? (own ? organisation.country : undefined),
  }
}

/** A model with several endpoints has a seller when all of them are the same one's. */
function sellerOf(binding: Binding): Seller | undefined {
  if (runsHere(binding)) return undefined
  if (binding.engine === 'ai-sdk') return findSeller({ package: binding.package })
  const vendor = binding.engine === 'openai' ? binding.vendor : undefined
  const sellers = [binding, ...(binding.elsewhere ?? [])].map(({ baseUrl }) =>
    findSeller({ vendor, host: URL.parse(baseUrl)?.hostname ?? '' }),
  )
  return sellers.every((each) => each === sellers[0]) ? sellers[0] : undefined
}

/** Weights in a process of ours keep nothing and learn nothing; of any server that is somebody's to state. */
function contractOf(stated: StatedFacts, runs: WhereItRuns): FactsOf<'model'> {
  const ours = runs === 'in-process'
  return {
    retention_days: stated.retentionDays ?? (ours ? 0 : undefined),
    trains_on_data: stated.trainsOnData ?? (ours ? false : undefined),
    terms_date: stated.termsDate,
    baa: stated.baa,
    dpa: stated.dpa,
  }
}

/** The weights that ship with us were made by us, and their hashes are checked before every load. */
function provenanceOf({ origin, binding }: Model): Provenance {
  if (origin === 'starter') return 3
  return runsHere(binding) && binding.sha256 !== undefined ? 1 : 0
}

function usdOf(price: Model['price'], bucket: 'inputPerMillion' | 'outputPerMillion'): number | undefined {
  if (price.kind === 'metered') return toUsd(price.tokens[bucket])
  return price.kind === 'owned' ? 0 : undefined
}

function licenceFacts(record: LicenceRecord, organisation: Organisation): FactsOf<'model'> {
  const { country, revenue_usd: revenueUsd, mau } = organisation
  const profile = {
    ...(country === undefined ? {} : { country }),
    ...(revenueUsd === undefined ? {} : { revenueUsd }),
    ...(mau === undefined ? {} : { mau }),
  }
  return {
    'licence.commercial': record.commercial,
    'licence.mau_cap': record.mauCap === 'none' ? Number.POSITIVE_INFINITY : record.mauCap,
    'licence.revenue_cap_usd':
      record.revenueCapUsd === 'none' ? Number.POSITIVE_INFINITY : record.revenueCapUsd,
    'licence.region_exclusions': record.regionExclusions,
    'licence.field_of_use': record.fieldOfUse,
    'licence.outputs_may_train': record.outputsMayTrain,
    'licence.attribution': isDuty(record.attribution),
    'licence.derivative_naming': isDuty(record.derivativeNaming),
    'licence.patent_grant': record.patentGrant,
    'licence.fits': licenceCheck(record, profile).fits,
  }
}

function isDuty(duty: string | null | undefined): boolean | undefined {
  return duty === undefined ? undefined : duty !== null
}
