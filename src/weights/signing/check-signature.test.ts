import { createPublicKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { checkSignature, type NamedTrust } from './check-signature.ts'
import { filesOfFolder } from './model-folder.ts'
import { refusalLine } from './refused.ts'
import { signModel } from './sign-model.ts'
import { signatureBundleText } from './signature-bundle.ts'
import type { FileAtHand } from './signed-files.ts'
import { parseSignedStatement, rootDigest } from './signed-statement.ts'
import { keyHint, newKeyPair, readSigningKey, readVerifyingKey, signPayload } from './signing-keys.ts'
import { parseTrustedRoot } from './trusted-root.ts'

// Keys are made here; the files signed with them are made up. The reference's own bytes are in verify-signature.test.ts.
const { privatePem, publicPem } = newKeyPair()
const key = readSigningKey(privatePem, 'key.pem')
const trust: NamedTrust = { name: 'acme', trust: { kind: 'key', key: createPublicKey(publicPem) } }
const hash = (digit: string): string => digit.repeat(64)
const files: readonly FileAtHand[] = [
  { name: 'model.gguf', sha256: hash('a') },
  { name: 'a-b.json', sha256: hash('b') },
  { name: 'a/b.json', sha256: hash('c') },
]
const now = new Date('2026-11-23T00:00:00Z')

function verdict(text: string, here = files, trusts = [trust], mayBeAbsent = (): boolean => false) {
  return checkSignature({ text, files: here, signatureName: 'model.sig', mayBeAbsent, trusts, now })
}

const signed = (ignored: readonly string[] = []): string => signModel({ model: 'm', files, ignored }, key)

/** A statement that model-signing would not write, signed all the same. */
function signedAs(change: (statement: Statement) => void): string {
  const payload = JSON.parse(signed()) as { dsseEnvelope: { payload: string } }
  const statement = JSON.parse(Buffer.from(payload.dsseEnvelope.payload, 'base64').toString()) as Statement
  change(statement)
  const bytes = Buffer.from(JSON.stringify(statement))
  const signer = { kind: 'key', hint: keyHint(key) } as const
  return signatureBundleText({ payload: bytes, signature: signPayload(bytes, key), signer })
}

type Statement = {
  _type: string
  predicateType: string
  subject: { digest: { sha256: string } }[]
  predicate: {
    serialization: { method: string; hash_type: string }
    resources: { name: string; algorithm: string; digest: string }[]
  }
}

function renamed(name: string): (statement: Statement) => void {
  return ({ predicate }) => {
    const [first] = predicate.resources
    if (first !== undefined) first.name = name
  }
}

describe('what we sign', () => {
  test('is what we accept, by whoever made it', () => {
    expect(verdict(signed())).toEqual({
      state: 'trusted',
      signer: { kind: 'key', who: keyHint(key), at: null, name: 'acme' },
      problems: [],
      signed_files: 3,
      absent_files: 0,
    })
  })

  test('stands in the order that the reference computes: by the parts of a name', () => {
    const { dsseEnvelope } = JSON.parse(signed()) as { dsseEnvelope: { payload: string } }
    const { resources } = parseSignedStatement(Buffer.from(dsseEnvelope.payload, 'base64'))
    expect(resources.map(({ name }) => name)).toEqual(['a/b.json', 'a-b.json', 'model.gguf'])
    expect(rootDigest(resources)).not.toBe(rootDigest(resources.toReversed()))
  })

  test('is signed by nobody known without their key', () => {
    expect(verdict(signed(), files, [])).toMatchObject({
      state: 'untrusted',
      signer: null,
      problems: [
        expect.stringMatching(/nobody is known .* `models verify --key`, or list its maker in makers\.yaml$/),
      ],
    })
    const stranger: NamedTrust = {
      name: 'other',
      trust: { kind: 'key', key: createPublicKey(newKeyPair().publicPem) },
    }
    expect(verdict(signed(), files, [stranger])).toMatchObject({
      state: 'untrusted',
      problems: [expect.stringMatching(/made with the key/)],
    })
    expect(verdict(signed(), files, [stranger, trust])).toMatchObject({ state: 'trusted' })
  })
})

describe('files that are not those that were signed', () => {
  const [weights, ...others] = files
  const more = (name: string): readonly FileAtHand[] => [...files, { name, sha256: hash('d') }]

  test.each<[string, readonly FileAtHand[], string, RegExp]>([
    [
      'changed',
      [{ name: 'model.gguf', sha256: hash('d') }, ...others],
      signed(),
      /^model.gguf has the sha256 ddd/,
    ],
    ['missing', weights === undefined ? [] : [weights], signed(), /^a\/b.json is signed and missing$/],
    ['one more', more('evil.json'), signed(), /^evil.json is not signed$/],
    [
      'weights that the signature leaves out',
      more('evil.gguf'),
      signed(['evil.gguf']),
      /^evil.gguf is not signed$/,
    ],
  ])('%s', (_, here, text, expected) => {
    const { state, problems, signer } = verdict(text, here)
    expect({ state, signer }).toEqual({ state: 'broken', signer: null })
    expect(problems[0]).toMatch(expected)
  })

  test('may be more where the signer left them out, and fewer where they are not needed', () => {
    expect(verdict(signed(['notes']), more('notes/today.txt'))).toMatchObject({ state: 'trusted' })
    expect(verdict(signed(), more('model.sig'))).toMatchObject({ state: 'trusted' })
    expect(verdict(signed(), others, [trust], () => true)).toMatchObject({
      state: 'trusted',
      signed_files: 2,
      absent_files: 1,
    })
  })
})

describe('a statement that is not understood proves nothing, whoever signed it', () => {
  test.each<[string, (statement: Statement) => void, RegExp]>([
    ['another statement', (s) => (s._type = 'x'), /no in-toto statement v1/],
    [
      'another predicate',
      (s) => (s.predicateType = 'https://slsa.dev/provenance/v1'),
      /it is a https:\/\/slsa/,
    ],
    [
      'a newer version',
      (s) => (s.predicateType = 'https://model_signing/signature/v2.0'),
      /signature\/v2.0, expected/,
    ],
    [
      'the experimental version',
      (s) => (s.predicateType = 'https://model_signing/Digests/v0.1'),
      /experimental form of model-signing 0.2/,
    ],
    ['shards', (s) => (s.predicate.serialization.method = 'shards'), /made over shards; expected/],
    ['another hash', (s) => (s.predicate.serialization.hash_type = 'blake2b'), /its hashes are blake2b/],
    [
      'a file by another hash',
      (s) => s.predicate.resources.forEach((each) => (each.algorithm = 'blake2b')),
      /is signed by its blake2b; expected a sha256/,
    ],
    ['a name that leaves the folder', renamed('../../etc/passwd'), /would leave its folder/],
    ['an absolute name', renamed('/etc/passwd'), /would leave its folder/],
    ['a name twice', renamed('model.gguf'), /it names model.gguf twice/],
    [
      'another root digest',
      ({ subject: [first] }) => first && (first.digest.sha256 = hash('0')),
      /not that of the files it lists/,
    ],
    ['no files', (s) => s.predicate.resources.splice(0), /predicate.resources/],
    ['two subjects', (s) => s.subject.push(...s.subject), /subject/],
  ])('%s', (_, change, expected) => {
    const { state, problems } = verdict(signedAs(change))
    expect(state).toBe('unreadable')
    expect(problems[0]).toMatch(expected)
  })
})

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'musivum-signing-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const options = { signal: AbortSignal.timeout(60_000) }

  test('is signed with all in it but its repository and its signature; links are refused', async () => {
    mkdirSync(join(folder, '.git'))
    mkdirSync(join(folder, 'sub'))
    for (const name of ['.git/HEAD', 'sub/x.json', 'model.gguf', 'model.sig'])
      writeFileSync(join(folder, name), name)
    const found = await filesOfFolder(folder, ['model.sig'], options)
    expect(found.map(({ name }) => name)).toEqual(['model.gguf', 'sub/x.json'])
    symlinkSync('model.gguf', join(folder, 'sub/link.gguf'))
    await expect(filesOfFolder(folder, [], options)).rejects.toThrow(/^sub\/link.gguf is a link;/)
  })
})

test.each([
  [() => readVerifyingKey(privatePem, 'k'), /k: this is a private key; expected the public one/],
  [() => readVerifyingKey('x', 'k'), /k: no key; expected an ECDSA key/],
  [() => readSigningKey(publicPem, 'k'), /k: no key/],
])('a key of the wrong kind is refused, %#', (read, expected) => {
  expect(read).toThrow(expected)
})

test('whatever byte of a keyless signature is another, it is refused in a line or says the same', () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../../fixtures/model-signing/${name}`, import.meta.url), 'utf8')
  const original = read('keyless.sig')
  const [identity, issuer] = ['stefanb@us.ibm.com', 'https://sigstore.verify.ibm.com/oauth2']
  const keyless: NamedTrust = {
    name: null,
    trust: { kind: 'keyless', root: parseTrustedRoot(read('trusted-root.json'), 'root'), identity, issuer },
  }
  const here = [
    { name: 'signme-1', sha256: 'f6310066c7320497ea554260c32c43660bff648cb2a61194832cc086077085e1' },
    { name: 'signme-2', sha256: '32dcb1f8e1ae52d5963e56a6ba06ab58b424c15ed2a6b70d2feca1d089370028' },
  ]
  const whole = verdict(original, here, [keyless])
  expect(whole).toMatchObject({ state: 'trusted', signed_files: 2 })
  const place = fc.integer({ min: 0, max: original.length - 1 })
  const character = fc.constantFrom(...'A B C x y z 0 1 9 + / = " { } [ ] , : \n'.split(' '))
  fc.assert(
    fc.property(place, character, (at, other) => {
      const found = verdict(original.slice(0, at) + other + original.slice(at + 1), here, [keyless])
      if (found.state === 'trusted') expect(found).toEqual(whole)
      else expect(found.problems[0]).toMatch(/^the signature: .|signed/)
    }),
    { seed: 7, numRuns: 600 },
  )
})

test('a refusal is told from a fault of ours', () => {
  expect(() => refusalLine(new TypeError('ours'))).toThrow('ours')
})
