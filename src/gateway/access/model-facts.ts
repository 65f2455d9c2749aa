import { whereItRuns } from '../../catalog/where-it-runs.ts'
import { findLicence } from '../../catalog/licences/find-licence.ts'
import { runsHere, servedBy, type Model } from '../../catalog/model.ts'

/** Whether anyone may have the weights: what was stated, what the licence says, certain of those that run here. */
export function openWeights({ binding, facts, licence }: Model): 'yes' | 'no' | 'unknown' {
  const named = facts?.licence ?? licence
  const openness = facts?.openness ?? (named === undefined ? undefined : findLicence(named)?.openness)
  if (openness !== undefined && openness !== 'unknown') return openness === 'closed' ? 'no' : 'yes'
  return runsHere(binding) ? 'yes' : 'unknown'
}

/** Why a request to this model leaves the machine; undefined when it stays. Every place that may be tried counts. */
export function leavesThisMachine({ binding, facts }: Model): string | undefined {
  const runs = facts?.runs ?? whereItRuns(binding)
  if (runs === 'in-process' || runs === 'this-machine') return undefined
  const by = runsHere(binding) ? 'another machine' : servedBy(binding)
  return `the data leaves this machine for ${by}`
}
