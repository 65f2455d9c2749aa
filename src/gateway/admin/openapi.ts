import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { componentSchemas, named, nameOf, withoutAddress } from './named-schemas.ts'

/** The OpenAPI 3.1 document of the endpoints: made of what checks the requests, so it cannot say anything else. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): OpenApi {
  const paths: Record<string, Record<string, object>> = {}
  for (const each of endpoints) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: operationOf(each) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Musivum admin API',
      version,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: 'http://127.0.0.1:4000', description: 'A gateway on this machine, as it starts by default.' },
    ],
    security: [{ key: [] }],
    paths,
    components: {
      schemas: componentSchemas(),
      responses: {
        Error: { description: 'What went wrong, in one line.', content: json(reference(nameOf(failure))) },
      },
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A key of this gateway. While it has none, it listens to its own machine and asks for none.',
        },
      },
    },
  }
}

export type OpenApi = {
  readonly openapi: string
  readonly info: object
  readonly servers: readonly object[]
  readonly security: readonly object[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly responses: object
    readonly securitySchemes: object
  }
}

const ABOUT =
  'Keys, teams, projects, budgets, limits, spend and the request log of one gateway. Amounts that come back are whole nano-dollars; amounts that are sent are dollars as people write them. Times are milliseconds since the Unix epoch. Writes want `content-type: application/json`; a field or parameter that is not known is refused.'

const failure = named(
  'Error',
  z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      code: z.string().meta({ description: 'One of the codes in docs/errors.md.' }),
      param: z.string().nullable().meta({ description: 'The field or parameter that is wrong.' }),
    }),
  }),
)

function operationOf({ name, about, path, access, query, body, answer }: Endpoint): object {
  const parameters = [...pathParameters(path), ...queryParameters(query)]
  return {
    operationId: name,
    tags: [path.split('/')[2]?.replace(/\.json$/, '')],
    summary: about,
    description: ACCESS[access],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: json(reference(nameOf(body))) },
    }),
    responses: {
      [answer.status]: {
        description: answer.about,
        content:
          answer.schema === undefined
            ? { [answer.type]: { schema: { type: 'string' } } }
            : json(reference(nameOf(answer.schema))),
      },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

const ACCESS: Readonly<Record<Endpoint['access'], string>> = {
  open: 'Needs no key.',
  member: 'Needs any key.',
  auditor: "Needs an auditor's or admin's key.",
  admin: "Needs an admin's key.",
}

function pathParameters(path: string): readonly object[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: z.ZodObject | undefined): readonly object[] {
  return Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = withoutAddress(z.toJSONSchema(field, { io: 'input' })) as {
      readonly description?: string
    }
    const optional = field instanceof z.ZodOptional
    return {
      name,
      in: 'query',
      ...(description === undefined ? {} : { description }),
      ...(optional ? {} : { required: true }),
      schema,
    }
  })
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` }
}
