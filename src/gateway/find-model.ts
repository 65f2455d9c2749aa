import type { Model } from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import type { Snapshot } from './gateway-parts.ts'

/** The model of this name, or `model.not_found` with the nearest of the names that may be shown. */
export function findModel(snapshot: Snapshot, asked: string, isShown: (name: string) => boolean): Model {
  const model = snapshot.models.get(asked)
  if (model !== undefined) return model
  throw unknownModel(asked, nearestNames(asked, [...snapshot.models.keys()].filter(isShown)))
}

export function unknownModel(asked: string, nearest: readonly string[]): MusivumError {
  const shown = asked.length > MAX_SHOWN_CHARS ? `${asked.slice(0, MAX_SHOWN_CHARS)}…` : asked
  const hint =
    nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : 'GET /v1/models lists the names.'
  return new MusivumError('model.not_found', `No model is called "${shown}". ${hint}`, {
    param: 'model',
    nearest,
  })
}

// A name of a megabyte must not come back as a message of a megabyte.
const MAX_SHOWN_CHARS = 80
