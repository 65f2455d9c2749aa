import type { JsonObject } from '../../core/json.ts'
import type { ListedModel } from '../openai-models.ts'

/** One entry of `/v1/models` in Anthropic's shape, as `/v1/models/{id}` also answers it. */
export function renderMessagesModel({ id, created, musivum }: ListedModel): JsonObject {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1_000).toISOString(),
    ...(musivum === undefined ? {} : { musivum }),
  }
}

/** All of them on one page. */
export function renderMessagesModelList(models: readonly ListedModel[]): JsonObject {
  return {
    data: models.map(renderMessagesModel),
    has_more: false,
    first_id: models.at(0)?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }
}
