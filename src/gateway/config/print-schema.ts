import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { packageRoot } from '../package-files.ts'
import { configSchema } from './schema.ts'

/** Where editors find the schema: `# yaml-language-server: $schema=…/schema/musivum.schema.json`. */
export const schemaFile: string = join(packageRoot, 'schema', 'musivum.schema.json')

/** The JSON Schema of `musivum.yaml` as text. Draft 7, because that is what editors understand. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-07', io: 'input', override: vendorSaysEngine })
  const titled = { $schema: schema.$schema, title: 'musivum.yaml', ...schema }
  return `${JSON.stringify(titled, null, 2)}\n`
}

/** A vendor says what the engine is, so an editor must not ask for both. */
function vendorSaysEngine({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.properties?.['vendor'] === undefined) return
  jsonSchema.required = (jsonSchema.required ?? []).filter((key) => key !== 'engine')
  jsonSchema.anyOf = [{ required: ['engine'] }, { required: ['vendor'] }]
}

// `node src/gateway/config/print-schema.ts` brings the file up to date.
if (import.meta.main) {
  mkdirSync(dirname(schemaFile), { recursive: true })
  writeFileSync(schemaFile, configJsonSchema())
}
