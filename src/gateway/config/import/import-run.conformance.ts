import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { importConfig, type ImportedConfig } from './import-config.ts'

const FOLDER = fileURLToPath(new URL('../../../../fixtures/config-import/', import.meta.url))

/** Configurations in the shapes that the documentation of each gateway shows, written for these tests. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER).toSorted()

export function fixtureText(name: string): string {
  return readFileSync(`${FOLDER}${name}`, 'utf8')
}

/** The models that clients of these files ask for and that the files do not name. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  'litellm-wildcard.config.yaml': ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5'],
  'portkey-virtual-keys.json': ['gpt-4o'],
}

export function importText(name: string, text: string, env: NodeJS.ProcessEnv = {}): ImportedConfig {
  const fileName = name.split('.')[0] ?? name
  return importConfig({ text, file: name, fileName, env, models: ASKED[name] ?? [] })
}
