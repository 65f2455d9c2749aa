import { compare, type Comparison } from '../../evidence/comparison.ts'
import type { TaskView } from '../../evidence/outcome-table.ts'
import { pairColumns, type Pairing, type Slice } from '../../evidence/pairing.ts'
import type { PlanGround, RecordedPlan } from './recorded-plans.ts'
import type { ReportSettings } from './report.ts'

/** A model or plan that is compared with the reference, on the whole task and on its slices. */
export type Entrant = {
  readonly name: string
  readonly plan: RecordedPlan | null
  readonly comparison: Comparison
  readonly sliced: (slice: Slice) => Pairing
}

export function modelEntrant(view: TaskView, name: string, settings: ReportSettings): Entrant {
  const { reference, clustered } = settings
  const pair = (slice?: Slice): Pairing =>
    pairColumns(view, name, reference, { clustered, ...(slice && { slice }) })
  return { name, plan: null, comparison: compare(pair(), settings), sliced: pair }
}

export function planEntrant(
  view: TaskView,
  plan: RecordedPlan,
  { places }: PlanGround,
  settings: ReportSettings,
): Entrant {
  return {
    name: plan.name,
    plan,
    comparison: compare(plan.pairing, settings),
    sliced: (slice) => slicePairing(view, plan.pairing, places, slice),
  }
}

function slicePairing(view: TaskView, pairing: Pairing, places: Uint32Array, slice: Slice): Pairing {
  const { of, names } = view.grouping(slice.by)
  const wanted = slice.value === null ? -1 : names.indexOf(slice.value)
  const inside = (_: number, index: number): boolean => of[places[index] ?? 0] === wanted
  const side = (column: Pairing['candidate']) => ({ ...column, scores: column.scores.filter(inside) })
  return {
    ...pairing,
    slice,
    candidate: side(pairing.candidate),
    reference: side(pairing.reference),
    clusters: pairing.clusters?.filter(inside),
    missing: [],
  }
}
