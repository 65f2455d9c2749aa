import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the tables: every file of it that is not machinery is one vendor. */
const folder = import.meta.dirname
export const registryFile: string = join(folder, '_registry.ts')

const MACHINERY: ReadonlySet<string> = new Set([
  'vendor.ts',
  'find-vendor.ts',
  'write-registry.ts',
  'vendor-table.ts',
])

/** The text of `_registry.ts`, from the names of the files. */
export function registryText(): string {
  const names = readdirSync(folder)
    .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file) && !MACHINERY.has(file))
    .map((file) => file.replace(/\.ts$/, ''))
    .toSorted()
  const imports = names.map((name) => `import { ${camelCase(name)} } from './${name}.ts'`)
  return [
    '// Written by `node src/engines/vendors/write-registry.ts` from the files of this folder; a test holds it to them.',
    ...imports,
    "import type { OpenAiVendor } from './vendor.ts'",
    '',
    'export const vendors: readonly OpenAiVendor[] = [',
    ...names.map((name) => `  ${camelCase(name)},`),
    ']',
    '',
  ].join('\n')
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

if (import.meta.main) writeFileSync(registryFile, registryText())
