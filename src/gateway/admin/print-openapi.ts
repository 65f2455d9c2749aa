import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot, packageVersion } from '../package-files.ts'
import { adminEndpoints, type AdminParts } from './admin-api.ts'
import { openApiDocument } from './openapi.ts'

export const openApiFile: string = join(packageRoot, 'docs', 'openapi.json')

/** The document as text, without a gateway behind it. */
export function openApiText(): string {
  const document = openApiDocument(adminEndpoints(unused as AdminParts), packageVersion)
  return `${JSON.stringify(document, null, 2)}\n`
}

/** The endpoints are described and not called, so what they would call need not be there. */
const unused: Partial<AdminParts> = {}

// `node src/gateway/admin/print-openapi.ts` brings docs/openapi.json up to date.
if (import.meta.main) writeFileSync(openApiFile, openApiText())
