import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkChain } from './certificate-chain.ts'
import { alternativeNames, EXTENSION, extensionsOf, pathLength } from './certificate-fields.ts'
import { refusalOf } from './refused.ts'

const text = readFileSync(new URL('../../../fixtures/model-signing/chains.pem', import.meta.url), 'utf8')
const certificates = new Map(
  Array.from(text.matchAll(/^# (\w+)\n([^#]+)/gm), ([, name = '', pem = '']) => [
    name,
    new X509Certificate(pem),
  ]),
)

function named(name: string): X509Certificate {
  const found = certificates.get(name)
  if (found === undefined) throw new TypeError(`no ${name}`)
  return found
}

const all = [...certificates.values()]
const at = new Date('2030-01-01')

function refusal(leaf: string, root = 'root', between: readonly X509Certificate[] = all, moment = at) {
  return refusalOf(() => checkChain({ leaf: named(leaf), between, roots: [named(root)], at: moment }))
}

describe('a chain of certificates', () => {
  test('leads from who signed to a root that is trusted, through what came along in any order', () => {
    expect(refusal('good')).toBeUndefined()
    expect(refusal('good', 'root', all.toReversed())).toBeUndefined()
    expect(refusal('good', 'inter', [])).toBeUndefined()
  })

  test.each<[string, ReturnType<typeof refusal>, RegExp]>([
    ['to another root', refusal('good', 'stranger'), /is not trusted: none of the 1 roots leads to it/],
    ['with one missing', refusal('good', 'root', []), /is not trusted/],
    ['longer than an authority allows', refusal('toodeep'), /is not trusted/],
    ['through one who is no authority', refusal('noca'), /is not trusted/],
    ['out of date', refusal('good', 'root', all, new Date('2020-01-01')), /not on 2020-01-01/],
    ['for servers', refusal('server'), /for other purposes than signing code/],
    ['for key agreement', refusal('agree'), /may not make signatures/],
    ['that says nothing', refusal('silent'), /does not say that it may sign/],
    [
      'with an unknown critical extension',
      refusal('strange'),
      /critical extension \(1.2.3.4\) that is not checked/,
    ],
    ['of another curve', refusal('koblitz'), /of another kind than ECDSA/],
    ['that is itself the root', refusal('good', 'good', []), /is not trusted/],
  ])('%s is refused', (_, line, expected) => {
    expect(line).toMatch(expected)
  })
})

test('what node:crypto does not say is read from the bytes', () => {
  const good = extensionsOf(named('good'))
  const names = good.get(EXTENSION.subjectAltName)
  expect(names && alternativeNames(names)).toEqual(['release@acme.example', 'acme.example'])
  const constraints = extensionsOf(named('inter')).get(EXTENSION.basicConstraints)
  expect(constraints?.critical).toBe(true)
  expect(constraints && pathLength(constraints)).toBe(0)
  expect(good.get(EXTENSION.keyUsage)?.critical).toBe(true)
})
