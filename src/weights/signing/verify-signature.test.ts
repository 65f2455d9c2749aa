import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { refusalLine } from './refused.ts'
import { parseSignatureBundle } from './signature-bundle.ts'
import { parseSignedStatement } from './signed-statement.ts'
import { newKeyPair, readVerifyingKey } from './signing-keys.ts'
import { parseTrustedRoot } from './trusted-root.ts'
import { verifySignature, type SignatureTrust } from './verify-signature.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/model-signing/${name}`, import.meta.url), 'utf8')

const now = new Date('2026-11-23T00:00:00Z')
const certificates = (): readonly X509Certificate[] => {
  const { signer } = parseSignatureBundle(fixture('certificate.sig'))
  return signer.kind === 'certificates' ? signer.chain.map((der) => new X509Certificate(der)) : []
}
const root = parseTrustedRoot(fixture('trusted-root.json'), 'trusted-root.json')
const [identity, issuer] = ['stefanb@us.ibm.com', 'https://sigstore.verify.ibm.com/oauth2']
const key: SignatureTrust = { kind: 'key', key: readVerifyingKey(fixture('key.pub'), 'key.pub') }
const chain: SignatureTrust = { kind: 'certificates', roots: certificates().slice(1) }
const keyless: SignatureTrust = { kind: 'keyless', root, identity, issuer }

/** What is said of a fixture with some of its text replaced: a signer, or the line of the refusal. */
function verdict(file: string, trust: SignatureTrust, change = (text: string): string => text, at = now) {
  try {
    return verifySignature(parseSignatureBundle(change(fixture(file))), trust, at)
  } catch (thrown) {
    return refusalLine(thrown)
  }
}

/** Parses, changes, prints: for what stands deep in a bundle. */
function edited(change: (bundle: Bundle) => void): (text: string) => string {
  return (text) => {
    const bundle = JSON.parse(text) as Bundle
    change(bundle)
    return JSON.stringify(bundle)
  }
}

type Entry = {
  integratedTime: string
  logIndex: string
  kindVersion: { version: string }
  inclusionPromise: unknown
  inclusionProof: {
    logIndex: string
    hashes: string[]
    rootHash: string
    checkpoint: { envelope: string }
  } | null
  canonicalizedBody: string
}
type Bundle = {
  mediaType: string
  verificationMaterial: { tlogEntries: [Entry, ...Entry[]]; publicKey?: object }
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] }
}

/** Any one byte of what stands in base64 there. */
function flipped(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return bytes.toString('base64')
}

describe('signatures that the reference implementation made', () => {
  test('with a key', () => {
    expect(verdict('key.sig', key)).toEqual({
      kind: 'key',
      who: 'e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e',
      at: null,
    })
    expect(parseSignedStatement(parseSignatureBundle(fixture('key.sig')).payload)).toMatchObject({
      resources: [{ name: 'signme-1' }, { name: 'signme-2' }],
      ignored: expect.arrayContaining(['model.sig', 'ignore-me']) as unknown,
    })
  })

  test('with a chain of certificates', () => {
    expect(verdict('certificate.sig', chain)).toEqual({
      kind: 'certificates',
      who: 'intermediate-ca',
      at: null,
    })
    expect(verdict('certificate.sig', { ...chain, identity: 'intermediate-ca' })).toMatchObject({
      kind: 'certificates',
    })
  })

  test('without a key, with a certificate of a moment and a transparency log', () => {
    expect(verdict('keyless.sig', keyless)).toEqual({
      kind: 'keyless',
      who: identity,
      at: '2025-10-07T15:33:48.000Z',
    })
  })
})

describe('a signature does not hold', () => {
  const other = readVerifyingKey(newKeyPair().publicPem, 'other.pub')

  test.each<[string, SignatureTrust, (text: string) => string, RegExp]>([
    ['key.sig', { kind: 'key', key: other }, String, /made with the key e8450dec4eb9…, not with/],
    [
      'key.sig',
      { kind: 'key', key: other },
      edited((b) => (b.verificationMaterial.publicKey = {})),
      /it is not that of the key/,
    ],
    ['key.sig', chain, String, /made with a key, but a root certificate was given/],
    [
      'key.sig',
      key,
      edited((b) => (b.dsseEnvelope.payload = flipped(b.dsseEnvelope.payload))),
      /not that of/,
    ],
    ['key.sig', key, edited((b) => b.dsseEnvelope.signatures.push({ sig: 'AA==' })), /signatures/],
    ['key.sig', key, edited((b) => (b.dsseEnvelope.payloadType = 'text/plain')), /payloadType/],
    ['key.sig', key, edited((b) => (b.mediaType = 'x')), /mediaType/],
    ['key.sig', key, () => '{', /the file is not JSON/],
    ['certificate.sig', { kind: 'certificates', roots: [] }, String, /is not trusted: no root was given/],
    ['certificate.sig', { ...chain, identity: 'acme' }, String, /that of intermediate-ca, expected acme/],
    [
      'certificate.sig',
      { kind: 'certificates', roots: root.authorities.flatMap((each) => each.certificates) },
      String,
      /none of the 2 roots leads to it/,
    ],
    ['keyless.sig', { ...keyless, identity: 'a@b.c' }, String, /that of stefanb@us.ibm.com, expected a@b.c/],
    [
      'keyless.sig',
      { ...keyless, issuer: 'https://x' },
      String,
      /ibm.com\/oauth2 vouched for .*, expected https:\/\/x/,
    ],
    [
      'keyless.sig',
      { ...keyless, root: { ...root, logs: [] } },
      String,
      /that the trusted root does not name/,
    ],
    ['keyless.sig', { ...keyless, root: { ...root, authorities: [] } }, String, /is not trusted/],
  ])('%s, %#', (file, trust, change, expected) => {
    expect(verdict(file, trust, change)).toMatch(expected)
  })

  test('with a certificate that is out of date: nothing proves that it was made before', () => {
    expect(verdict('certificate.sig', chain, String, new Date('2036-01-01'))).toMatch(
      /valid from 2025-05-02 to 2035-04-30, not on 2036-01-01/,
    )
  })

  const inEntry = (change: (entry: Entry) => void): ((text: string) => string) =>
    edited(({ verificationMaterial }) => change(verificationMaterial.tlogEntries[0]))
  const inProof = (
    change: (proof: NonNullable<Entry['inclusionProof']>) => void,
  ): ((text: string) => string) => inEntry(({ inclusionProof }) => inclusionProof && change(inclusionProof))

  test.each<[string, (text: string) => string, RegExp]>([
    ['no entry', edited((b) => b.verificationMaterial.tlogEntries.splice(0)), /in no transparency log/],
    [
      'no proof',
      inEntry((entry) => (entry.inclusionProof = null)),
      /the proof that it is in the log is missing/,
    ],
    ['no promise', inEntry((entry) => (entry.inclusionPromise = null)), /RFC 3161 timestamp only/],
    ['another kind', inEntry(({ kindVersion }) => (kindVersion.version = '0.0.2')), /expected dsse 0.0.1/],
    ['another time', inEntry((entry) => (entry.integratedTime = '1759851229')), /did not sign the time/],
    ['another index', inEntry((entry) => (entry.logIndex = '1')), /did not sign the time/],
    ['another place', inProof((proof) => (proof.logIndex = '467035551')), /does not lead to the root/],
    ['a hash less', inProof(({ hashes }) => hashes.pop()), /does not lead to the root/],
    ['a hash more', inProof(({ hashes }) => hashes.push(hashes[0] ?? '')), /does not lead to the root/],
    [
      'another checkpoint',
      inProof(
        ({ checkpoint }) => (checkpoint.envelope = checkpoint.envelope.replace('467035599', '467035598')),
      ),
      /did not sign the root/,
    ],
    [
      'the body of another entry',
      inEntry((entry) => {
        const body = Buffer.from(entry.canonicalizedBody, 'base64').toString()
        entry.canonicalizedBody = Buffer.from(body.replace('"value":"cca1', '"value":"cca2')).toString(
          'base64',
        )
      }),
      /that of another signature/,
    ],
    ['no body', inEntry((entry) => (entry.canonicalizedBody = 'AAAA')), /its log entry is not understood/],
  ])('keyless with %s', (_, change, expected) => {
    expect(verdict('keyless.sig', keyless, change)).toMatch(expected)
  })
})
