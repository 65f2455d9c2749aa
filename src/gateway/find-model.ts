import type { Model } from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import type { Snapshot } from './gateway-parts.ts'

/** The model of this name, or `model.not_found` with the nearest names. */
export function findModel(snapshot: Snapshot, asked: string): Model {
  const model = snapshot.models.get(asked)
  if (model !== undefined) return model
  const nearest = nearestNames(asked, snapshot.models.keys())
  const shown = asked.length > MAX_SHOWN_CHARS ? `${asked.slice(0, MAX_SHOWN_CHARS)}…` : asked
  const hint =
    nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : 'GET /v1/models lists the names.'
  throw new MusivumError('model.not_found', `No model is called "${shown}". ${hint}`, {
    param: 'model',
    nearest,
  })
}

// A name of a megabyte must not come back as a message of a megabyte.
const MAX_SHOWN_CHARS = 80
