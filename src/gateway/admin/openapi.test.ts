import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { adminEndpoints, type AdminParts } from './admin-api.ts'
import { openApiFile, openApiText } from './print-openapi.ts'

const document: unknown = JSON.parse(openApiText())

test('docs/openapi.json is what the gateway serves (run: node src/gateway/admin/print-openapi.ts)', () => {
  expect(readFileSync(openApiFile, 'utf8')).toBe(openApiText())
})

// The structure of the OpenAPI Specification 3.1, as far as the document goes: nothing that is not there by the specification.
const schemaObject = z.union([z.boolean(), z.record(z.string(), z.unknown())])
const reference = z.strictObject({ $ref: z.string().startsWith('#/components/') })
const content = z.record(z.string().regex(/^[a-z]+\/[a-z.+-]+$/), z.strictObject({ schema: schemaObject }))
const response = z.strictObject({ description: z.string(), content })
const parameter = z.discriminatedUnion('in', [
  z.strictObject({
    name: z.string(),
    in: z.literal('path'),
    required: z.literal(true),
    description: z.string().optional(),
    schema: schemaObject,
  }),
  z.strictObject({
    name: z.string(),
    in: z.literal('query'),
    required: z.boolean().optional(),
    description: z.string().optional(),
    schema: schemaObject,
  }),
])
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), z.union([reference, response])),
})
const methods = { get: operation, put: operation, post: operation, patch: operation, delete: operation }
const openApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.url(), description: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(z.string().startsWith('/'), z.strictObject(methods).partial()),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), schemaObject),
    responses: z.record(z.string().regex(/^[\w.-]+$/), response),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer'), description: z.string() }),
    ),
  }),
})

const { paths, components, security } = openApi.parse(document)
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, each]) => ({ path, method, ...each })),
)

test('every path and method that is served is in it, and nothing else', () => {
  const served = adminEndpoints({} as AdminParts).map(({ method, path }) => `${method} ${path}`)
  const said = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  expect(new Set(served).size).toBe(served.length)
  expect(said.toSorted()).toEqual(served.toSorted())
  expect(served.length).toBeGreaterThan(20)
  expect(served.filter((each) => !/^[A-Z]+ \/api\/[a-z]/.test(each))).toEqual([])
})

test('whatever changes something needs an admin, and whatever is read a key', () => {
  for (const { method, access } of adminEndpoints({} as AdminParts)) {
    if (method !== 'GET') expect(access).toBe('admin')
    expect(access).not.toBe('open')
  }
})

test('operations have names of their own, and every part of a path is a parameter', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { path, parameters = [] } of operations) {
    const inPath = parameters.flatMap((each) => (each.in === 'path' ? [`{${each.name}}`] : []))
    expect(inPath).toEqual(path.match(/\{\w+\}/g) ?? [])
  }
})

test('everything that is pointed to is there, and everything there is pointed to', () => {
  const pointers = new Set(
    Array.from(JSON.stringify(document).matchAll(/"\$ref":"#\/components\/([^"]+)"/g), ([, at = '']) => at),
  )
  const present = (['schemas', 'responses'] as const).flatMap((kind) =>
    Object.keys(components[kind]).map((name) => `${kind}/${name}`),
  )
  expect([...pointers].toSorted()).toEqual(present.toSorted())
  expect(security.flatMap((each) => Object.keys(each))).toEqual(Object.keys(components.securitySchemes))
})
