import { compare } from '../../evidence/comparison.ts'
import type { TaskView } from '../../evidence/outcome-table.ts'
import { slicesOf, type Slice } from '../../evidence/pairing.ts'
import type { Entrant } from './entrants.ts'
import { readTogether } from './read-together.ts'
import type { ReportSettings, SliceRow } from './report.ts'

/**
 * Every entrant on every slice of the task, largest slice first. Many slices of many models are many verdicts, so those
 * of one task are read together.
 */
export function sliceRows(
  view: TaskView,
  entrants: readonly Entrant[],
  settings: ReportSettings,
): readonly SliceRow[] {
  if (settings.by === null || entrants.length === 0) return []
  const slices = slicesOf(view, settings.by)
  // One slice of items that do not say is the task again.
  if (slices.every(({ value }) => value === null)) return []
  const compared = slices.map((slice) => entrants.map(({ sliced }) => compare(sliced(slice), settings)))
  const claims = readTogether(compared.flat(), settings.confidence)
  return slices
    .map((slice, row) => ({
      slice,
      items: itemsIn(view, slice),
      cells: (compared[row] ?? []).map((comparison, column) => ({
        name: entrants[column]?.name ?? '',
        comparison,
        claim: claims[row * entrants.length + column] ?? 'open',
      })),
    }))
    .toSorted((a, b) => b.items - a.items)
}

function itemsIn(view: TaskView, { by, value }: Slice): number {
  const { of, names } = view.grouping(by)
  const wanted = value === null ? -1 : names.indexOf(value)
  return of.filter((group) => group === wanted).length
}
