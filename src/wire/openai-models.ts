import type { JsonObject } from '../core/json.ts'

export type ListedModel = {
  readonly id: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  readonly ownedBy: string
  /** What we know and OpenAI has no field for. */
  readonly musivum?: JsonObject
}

/** One entry of `/v1/models`, as `/v1/models/{id}` also answers it. */
export function renderModel(model: ListedModel): JsonObject {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: model.ownedBy,
    ...(model.musivum === undefined ? {} : { musivum: model.musivum }),
  }
}

export function renderModelList(models: readonly ListedModel[]): JsonObject {
  return { object: 'list', data: models.map(renderModel) }
}
