import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../src/gateway/config/parse-config.ts'

const guide = readFileSync(new URL('../docs/privacy.md', import.meta.url), 'utf8')
const configurations = Array.from(guide.matchAll(/^```yaml names\n([^]*?)^```/gm), ([, text = '']) => text)

test('the configuration of names in docs/privacy.md is one', () => {
  expect(configurations).toHaveLength(1)
  for (const text of configurations) expect(parseConfig(text)).toMatchObject({ kind: 'parsed' })
})
