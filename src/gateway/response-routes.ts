import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { sendJson } from './admin/send-json.ts'
import { past } from './answer.ts'
import type { Gateway } from './gateway-parts.ts'
import type { Route } from './route-table.ts'

/** What was kept of the Responses protocol: to read again, and to delete. */
export function responseRoutes(gateway: Gateway): readonly Route[] {
  const found = (
    principal: Principal,
    id = '',
  ): { readonly input: readonly Json[]; readonly body: string } => {
    const { owner, responses } = past(gateway, principal)
    const response = responses().find(owner, id)
    if (response === undefined) throw unknown()
    return response
  }
  return [
    {
      method: 'GET',
      path: '/v1/responses/{id}',
      access: 'member',
      handler: (_, response, { path, principal }) =>
        sendJson(response, JSON.parse(found(principal, path['id']).body) as Json),
    },
    {
      method: 'GET',
      path: '/v1/responses/{id}/input_items',
      access: 'member',
      handler: (_, response, { path, principal }) =>
        sendJson(response, listOf(found(principal, path['id']).input)),
    },
    {
      method: 'DELETE',
      path: '/v1/responses/{id}',
      access: 'member',
      handler(_: IncomingMessage, response: ServerResponse, { path, principal }) {
        const id = path['id'] ?? ''
        const { owner, responses } = past(gateway, principal)
        if (!responses().delete(owner, id)) throw unknown()
        sendJson(response, { id, object: 'response', deleted: true })
      },
    },
  ]
}

/** Newest first, as OpenAI lists them, on one page. */
function listOf(input: readonly Json[]) {
  const data = input.toReversed()
  const idOf = (item: Json | undefined): Json => (isJsonObject(item) ? (item['id'] ?? null) : null)
  return { object: 'list', data, first_id: idOf(data[0]), last_id: idOf(data.at(-1)), has_more: false }
}

function unknown(): MusivumError {
  return new MusivumError('response.not_found', 'No stored response of yours has this id.')
}
