import { z } from 'zod'

const components = z.registry<{ readonly id: string }>()

/** Gives a schema the name it has in the OpenAPI document, where it stands once and is pointed to. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id })
  return schema
}

export function nameOf(schema: z.ZodType): string {
  const id = components.get(schema)?.id
  if (id === undefined) throw new TypeError('a schema of the admin API has no name: wrap it in `named`')
  return id
}

/** Every named schema as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is; by name. */
export function componentSchemas(): Readonly<Record<string, object>> {
  // As it is sent: the same for what comes back, because answers are not transformed.
  const { schemas } = z.toJSONSchema(components, { uri: (id) => `#/components/schemas/${id}`, io: 'input' })
  const plain = Object.entries(schemas).map(([id, schema]) => [id, withoutAddress(schema)] as const)
  return Object.fromEntries(plain.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** A schema that stands inside another document must not have an address of its own. */
export function withoutAddress(schema: z.core.JSONSchema.BaseSchema): object {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'))
}
