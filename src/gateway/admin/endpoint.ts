import { z } from 'zod'
import type { Principal } from '../../core/principal.ts'
import type { Handler, Route } from '../route-table.ts'
import { readJson } from './read-json.ts'
import { checkQuery } from './check-input.ts'
import { sendJson } from './send-json.ts'

/** One path and method of the admin API: what serves it, and what the OpenAPI document says of it. */
export type Endpoint = Route & {
  /** A verb and a noun, as a generated client would call it. */
  readonly name: string
  /** One sentence; what a person reads in the list of operations. */
  readonly about: string
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answer: Answer
}

export type Answer = {
  readonly status: 200 | 201
  readonly about: string
  readonly type: 'application/json' | 'text/event-stream'
  readonly schema?: z.ZodType
}

type Described = Omit<Endpoint, 'handler' | 'query' | 'body' | 'answer'> & {
  readonly answer: Pick<Answer, 'about'> & { readonly schema: z.ZodType; readonly status?: 201 }
}

type Given<Query, Body> = {
  /** What stands in place of `{id}` in the path; '' where the path has none. */
  readonly id: string
  readonly principal: Principal
  readonly query: Query
  readonly body: Body
}

/** An endpoint that answers with JSON. `run` gets what the client sent, checked, and returns what to answer. */
export function endpoint<Query extends z.ZodObject = z.ZodObject, Body extends z.ZodType = z.ZodType>(
  spec: Described & {
    readonly query?: Query
    readonly body?: Body
    /** Why a field that another method takes is not taken here. */
    readonly refused?: Readonly<Record<string, string>>
    readonly run: (given: Given<z.output<Query>, z.output<Body>>) => unknown
  },
): Endpoint {
  const { run, refused = {}, answer, query = noQuery as z.ZodObject as Query, body, ...description } = spec
  const handler: Handler = async (request, response, parameters) => {
    const given = {
      id: parameters.path['id'] ?? '',
      principal: parameters.principal,
      query: checkQuery(query, parameters.query),
      body: (body === undefined ? undefined : await readJson(request, body, refused)) as z.output<Body>,
    }
    sendJson(response, await run(given), answer.status ?? 200)
  }
  return {
    ...description,
    query,
    ...(body === undefined ? {} : { body }),
    answer: { type: 'application/json', ...answer, status: answer.status ?? 200 },
    handler,
  }
}

const noQuery = z.strictObject({})
