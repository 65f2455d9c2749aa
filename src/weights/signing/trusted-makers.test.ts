import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { trustedMakers } from './trusted-makers.ts'

const home = mkdtempSync(join(tmpdir(), 'musivum-makers-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
copyFileSync(file('fixtures/model-signing/key.pub'), join(home, 'acme.pub'))
copyFileSync(file('fixtures/model-signing/trusted-root.json'), join(home, 'trusted_root.json'))
copyFileSync(file('fixtures/model-signing/chains.pem'), join(home, 'ministry.pem'))

function makers(yaml: string) {
  writeFileSync(join(home, 'makers.yaml'), yaml)
  return trustedMakers(home)
}

test('nobody is trusted without a list', () => {
  expect(trustedMakers(join(home, 'nowhere'))).toEqual([])
})

test('the list in docs/weights.md is right', () => {
  const [, yaml = ''] =
    /^```yml\n(makers:[^]*?)^```/m.exec(readFileSync(file('docs/weights.md'), 'utf8')) ?? []
  expect(
    makers(yaml).map(({ name, sources, trusts }) => [name, sources, trusts.map(({ kind }) => kind)]),
  ).toEqual([
    ['Acme', ['hf:acme/'], ['key']],
    ['Example Lab', undefined, ['keyless']],
    ['The ministry', undefined, ['certificates']],
  ])
})

test.each([
  ['makers: [{ name: x }]', /^makers.yaml: makers.0: a maker needs keys, certificates or keyless$/],
  ['makers: [{ name: x, keys: [gone.pub] }]', /^gone.pub: it cannot be read$/],
  ['makers: [{ name: x, keys: [trusted_root.json] }]', /^trusted_root.json: no key; expected an ECDSA key/],
  [
    'makers: [{ name: x, certificates: { roots: acme.pub } }]',
    /^acme.pub: no certificate; expected some as PEM$/,
  ],
  [
    'makers: [{ name: x, keyless: { trusted_root: acme.pub, identity: a } }]',
    /^makers.yaml: makers.0.keyless.issuer/,
  ],
  [
    'makers: [{ name: x, keyless: { trusted_root: acme.pub, identity: a, issuer: b } }]',
    /^acme.pub: not understood; expected a trusted_root.json of Sigstore$/,
  ],
  ['makers: [', /^makers.yaml: not YAML$/],
  ['nonsense', /^makers.yaml: Invalid input: expected object, received string$/],
  ['trusted: []', /^makers.yaml: makers: /],
])('%s is refused in one line', (yaml, expected) => {
  expect(() => makers(yaml)).toThrow(expected)
})
