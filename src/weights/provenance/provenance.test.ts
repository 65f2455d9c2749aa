import { createHash, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerOfShape } from '../../catalog/fit/header-of-shape.conformance.ts'
import { findModel } from '../../catalog/fit/find-model.ts'
import { ggufHeaderBytes, type Written } from '../../catalog/gguf/gguf-bytes.conformance.ts'
import { parseGgufHeader } from '../../catalog/gguf/parse-header.ts'
import { blobPath } from '../blobs.ts'
import type { Manifest, ManifestFile } from '../manifest.ts'
import { saysTheSame } from '../manifest-facts.ts'
import { readManifest, writeManifest } from '../read-shelf.ts'
import { openShelf } from '../shelf.ts'
import { signModel } from '../signing/sign-model.ts'
import { newKeyPair, readSigningKey } from '../signing/signing-keys.ts'
import type { TrustedMaker } from '../signing/trusted-makers.ts'
import { relationIn } from './card-relation.ts'
import { compareWithBase } from './compare-with-base.ts'
import { fingerprintOf, type Fingerprint } from './fingerprint.ts'
import { judgeProvenance } from './judge-provenance.ts'
import { lineageOfModel } from './lineage-graph.ts'
import { proveModel, recordProof } from './prove-model.ts'
import { templateAgainstBase } from './template-against-base.ts'
import { templateDiff } from './template-diff.ts'

const bare: Manifest = {
  format: 'musivum-weights-1',
  name: 'm',
  source: 'file:m.gguf',
  asked: 'file:m.gguf',
  revision: null,
  files: [{ name: 'm.gguf', role: 'weights', sha256: '0'.repeat(64), bytes: 1 }],
  licence: { declared: null, record: null, text_sha256: null, effective: null, accepted: null },
  lineage: [],
  header: null,
  template: null,
  provenance: { level: 1, why: 'declared' },
  signature: null,
  fingerprint: null,
  pulled: { at: '2026-11-23T00:00:00.000Z', by: 'mira' },
}

function manifest(name: string, more: Partial<Manifest> = {}): Manifest {
  return { ...bare, name, ...more }
}

function licensed(id: string): Manifest['licence'] {
  return { ...bare.licence, declared: id, record: id, effective: id }
}

function madeFrom(...models: readonly string[]): Manifest['lineage'] {
  return models.map((model) => ({ model, licence: null }))
}

/** As a file of this model would have it. */
function printOf(model: string): Fingerprint {
  const { header, fileBytes } = headerOfShape(findModel(model).shape, 'Q4_K_M')
  const parsed = parseGgufHeader(header, fileBytes, { name: model })
  if (parsed.kind !== 'whole') throw new TypeError('the header goes on')
  return fingerprintOf(parsed.header)
}

describe('a fingerprint', () => {
  const llama = printOf('llama-3.1-8b')

  test('fits the dimensions that the maker published, whatever the quantisation', () => {
    expect(compareWithBase(llama, 'meta-llama/Llama-3.1-8B', bare, [])).toMatchObject({
      verdict: 'same',
      against: 'published',
    })
  })

  test('contradicts a base of other dimensions, and says whose they are', () => {
    const { verdict, why } = compareWithBase(printOf('qwen-3-8b'), 'meta-llama/Llama-3.1-8B', bare, [])
    expect(verdict).toBe('differs')
    expect(why).toMatch(
      /^architecture qwen3 instead of llama, layers 36 instead of 32, .*those of qwen-3-8b$/,
    )
  })

  test('knows nothing of a base that is neither here nor known', () => {
    expect(compareWithBase(llama, 'nobody/nothing', bare, [])).toMatchObject({
      verdict: 'unknown',
      against: null,
    })
  })

  test('is like a base of the shelf with fewer tokens, and the same as one of the same tensors', () => {
    const base = manifest('base', {
      source: 'hf:meta-llama/Llama-3.1-8B-GGUF:Q4_K_M@abc',
      fingerprint: llama,
    })
    expect(compareWithBase(llama, 'meta-llama/llama-3.1-8b', bare, [base])).toMatchObject({
      verdict: 'same',
      against: 'shelf',
      on_shelf: 'base',
    })
    const { dimensions } = llama
    if (dimensions === null) throw new TypeError('no dimensions')
    const grown = { ...llama, tensors: 'f'.repeat(64), dimensions: { ...dimensions, vocabulary: 128_300 } }
    expect(compareWithBase(grown, 'meta-llama/Llama-3.1-8B', bare, [base])).toMatchObject({
      verdict: 'like',
      why: 'it is built alike, the vocabulary is the same, vocabulary 128300 instead of 128256',
    })
  })
})

describe('the level', () => {
  const pulled = { level: 1, why: 'declared' } as const
  const nothing = { pulled, signature: null, bases: [], merged: false }
  const base = (verdict: 'same' | 'differs', level: 1 | 3 | null = null) => ({
    base: 'b',
    verdict,
    against: level === null ? ('published' as const) : ('shelf' as const),
    why: 'why',
    on_shelf: null,
    level,
  })
  const signature = (
    state: 'trusted' | 'untrusted' | 'broken' | 'unreadable',
    name: string | null = 'acme',
  ) => ({
    state,
    signer: state === 'trusted' ? { kind: 'key' as const, who: 'k', at: null, name } : null,
    problems: ['x'],
    signed_files: 1,
    absent_files: 0,
  })
  const level = (more: Partial<Parameters<typeof judgeProvenance>[0]>) =>
    judgeProvenance({ ...nothing, ...more }).level

  test('is that of the strongest proof', () => {
    expect(judgeProvenance(nothing)).toEqual(pulled)
    expect(level({ bases: [base('same')] })).toBe(2)
    expect(level({ bases: [base('same', 3)] })).toBe(2)
    expect(level({ bases: [base('same', 1)] })).toBe(1)
    expect(level({ pulled: { level: 3, why: 'listed' }, bases: [base('same')] })).toBe(3)
    expect(level({ signature: signature('trusted'), bases: [base('differs')] })).toBe(4)
  })

  test('is not raised by a signature of nobody known, by a key without a name, or by one that is not read', () => {
    for (const each of [signature('untrusted'), signature('trusted', null), signature('unreadable')])
      expect(level({ signature: each })).toBe(1)
  })

  test('is 0 with a signature of other files, whatever a hub lists', () => {
    expect(level({ pulled: { level: 3, why: 'listed' }, signature: signature('broken') })).toBe(0)
  })

  test('is not raised by a build that contradicts the declaration, which is said; merges are built otherwise', () => {
    const { why, ...rest } = judgeProvenance({ ...nothing, bases: [base('differs'), base('same')] })
    expect(rest).toEqual({ level: 1, pulled })
    expect(why).toMatch(/made from b, which its build contradicts/)
    expect(level({ bases: [base('differs'), base('same')], merged: true })).toBe(2)
  })
})

describe('the lineage', () => {
  const world = (manifests: readonly Manifest[]) => ({ manifests, relations: new Map(), builtLike: [] })
  const base = manifest('base', { source: 'hf:acme/base@1', licence: licensed('llama-3.1') })
  const tuned = manifest('tuned', {
    source: 'hf:jo/tuned@1',
    lineage: madeFrom('acme/base'),
    licence: licensed('apache-2.0'),
  })

  test('goes on through what is on the shelf, and the strictest licence on the way counts', () => {
    const again = manifest('again', { lineage: madeFrom('jo/tuned'), licence: licensed('mit') })
    const found = lineageOfModel(again, world([again, tuned, base]))
    expect(found.nodes.map(({ model, on_shelf }) => [model, on_shelf])).toEqual([
      ['again', 'again'],
      ['jo/tuned', 'tuned'],
      ['acme/base', 'base'],
    ])
    expect(found.edges).toHaveLength(2)
    expect(found.licence).toEqual({ declared: 'mit', effective: 'llama-3.1' })
    expect(found.conflicts).toContain(
      'again declares mit, acme/base is llama-3.1: nobody can grant more than the base did',
    )
  })

  test('says a base whose family has a licence although it is not here', () => {
    const laundered = manifest('x', {
      lineage: [{ model: 'meta-llama/Llama-3.1-8B', licence: 'llama-3.1' }],
      licence: licensed('apache-2.0'),
    })
    expect(lineageOfModel(laundered, world([laundered]))).toMatchObject({
      licence: { declared: 'apache-2.0', effective: 'llama-3.1' },
      conflicts: [expect.stringMatching(/^x declares apache-2.0, meta-llama\/Llama-3.1-8B is llama-3.1/)],
    })
    const silent = { ...laundered, licence: bare.licence }
    expect(lineageOfModel(silent, world([silent])).conflicts).toEqual([
      'x declares no licence, meta-llama/Llama-3.1-8B is llama-3.1: what that one asks for goes on',
    ])
  })

  test('says what the build contradicts', () => {
    const liar = manifest('liar', {
      lineage: madeFrom('meta-llama/Llama-3.1-8B'),
      fingerprint: printOf('qwen-3-8b'),
    })
    const { edges, conflicts } = lineageOfModel(liar, world([liar]))
    expect(edges).toMatchObject([{ evidence: 'contradicted' }])
    expect(conflicts[0]).toMatch(/^liar is declared to be made from .* those of qwen-3-8b$/)
  })

  test('ends where models are made from each other, and says so', () => {
    const loop = manifest('base', { source: 'hf:acme/base@1', lineage: madeFrom('jo/tuned') })
    const found = lineageOfModel(tuned, world([tuned, loop]))
    expect(found.nodes).toHaveLength(2)
    expect(found.conflicts).toContain(
      'tuned is made from acme/base is made from tuned: nothing is made from itself',
    )
  })

  test('of a maker’s own GGUF files leads to what they were made of, not to themselves', () => {
    const of = (form: string) =>
      manifest(form, {
        source: `hf:acme/base-GGUF:${form}@1`,
        lineage: madeFrom('acme/base'),
        fingerprint: printOf('llama-3.1-8b'),
      })
    const [q4, q8] = [of('q4'), of('q8')]
    const found = lineageOfModel(q4, world([q4, q8]))
    expect(found.nodes.map(({ model, on_shelf }) => [model, on_shelf])).toEqual([
      ['q4', 'q4'],
      ['acme/base', null],
    ])
    expect(found).toMatchObject({ edges: [{ evidence: 'declared' }], conflicts: [] })
    const own = manifest('own', { source: 'hf:acme/own@1', lineage: madeFrom('acme/own') })
    expect(lineageOfModel(own, world([own])).conflicts).toEqual([
      'own is made from own: nothing is made from itself',
    ])
  })

  test('is cut off where it goes on for ever', () => {
    const chain = Array.from({ length: 400 }, (_, place) =>
      manifest(`c${place}`, { source: `hf:a/c${place}@1`, lineage: madeFrom(`a/c${place + 1}`) }),
    )
    const [first = bare] = chain
    const found = lineageOfModel(first, world(chain))
    expect(found.nodes).toHaveLength(256)
    expect(found.conflicts).toEqual(['the lineage goes on beyond 256 models and is cut off'])
  })
})

test.each([
  ['---\nbase_model_relation: merge\n---\n# x', 'merge'],
  ['---\r\nlicense: mit\r\nbase_model_relation: quantized\r\n---\r\n', 'quantized'],
  ['---\nbase_model_relation: stolen\n---\n', null],
  ['---\n: : {\n---\n', null],
  ['# no front matter', null],
])('the relation in a card, %#', (card, expected) => {
  expect(relationIn(card)).toBe(expected)
})

test('a template beside another says which lines are new, and what to look at in those', () => {
  const base = '{% for m in messages %}\n{{ m.content }}\n{% endfor %}'
  const own =
    "{% for m in messages %}\n{% if 'bank account' in m.content %}x{% endif %}\n{{ m.content }}\n{% endfor %}"
  expect(templateDiff(base, own)).toMatchObject({
    removed: 0,
    added: 1,
    lines: [{ kind: 'added', line: 2 }],
    flags: [{ kind: 'content-condition', line: 2 }],
  })
  expect(templateDiff(own, base)).toMatchObject({ removed: 1, added: 0, flags: [] })
  expect(templateDiff(base, '\n'.repeat(3000))).toBeNull()
})

describe('a model on the shelf', () => {
  const home = mkdtempSync(join(tmpdir(), 'musivum-provenance-'))
  const shelf = openShelf(home)
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  const { privatePem, publicPem } = newKeyPair()
  const acme: TrustedMaker = {
    name: 'Acme',
    sources: ['hf:acme/'],
    trusts: [{ kind: 'key', key: createPublicKey(publicPem) }],
  }
  const world = { makers: [acme], now: new Date('2026-11-23') }
  const { signal } = new AbortController()

  function blob(name: string, role: ManifestFile['role'], bytes: Buffer): ManifestFile {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(blobPath(shelf, sha256), bytes)
    return { name, role, sha256, bytes: bytes.length }
  }

  function tiny(template: string): Buffer {
    const metadata: readonly (readonly [string, Written])[] = [
      ['general.architecture', 'llama'],
      ['tokenizer.chat_template', template],
      ['tokenizer.ggml.tokens', { kind: 'array', of: 'text', items: ['a', 'b'] }],
    ]
    const { header, fileBytes } = ggufHeaderBytes({
      metadata,
      tensors: [{ name: 'token_embd.weight', shape: [32, 2], type: 'F32' }],
    })
    return Buffer.concat([header, Buffer.alloc(fileBytes - header.length)])
  }

  const weights = blob('base.gguf', 'weights', tiny('{{ x }}'))
  const text = signModel({ model: 'base', files: [weights], ignored: [] }, readSigningKey(privatePem, 'k'))
  const base = manifest('base', {
    source: 'hf:acme/base@1',
    files: [weights, blob('model.sig', 'signature', Buffer.from(text))],
    provenance: { level: 3, why: 'listed' },
  })
  const tuned = manifest('tuned', {
    source: 'hf:jo/tuned@1',
    files: [blob('tuned.gguf', 'weights', tiny('{{ y }}'))],
    lineage: madeFrom('acme/base'),
  })
  beforeAll(async () => {
    await writeManifest(shelf, base)
    await writeManifest(shelf, tuned)
  })

  test('is signed by its maker: level 4 in its manifest, until the maker is trusted no more', async () => {
    const proof = await proveModel(shelf, base, world)
    await recordProof(shelf, base, proof, signal)
    const now = readManifest(shelf, 'base') ?? bare
    expect(now.provenance).toEqual({
      level: 4,
      why: 'signed by Acme, every file of it',
      pulled: base.provenance,
    })
    expect(now.signature).toMatchObject({ state: 'trusted', signer: { name: 'Acme' } })
    // A pull that finds the same leaves alone what was found out since.
    expect(saysTheSame(now, base)).toBe(true)
    const later = await proveModel(shelf, now, { ...world, makers: [] })
    expect(later.manifest.provenance).toEqual(base.provenance)
    const elsewhere = { ...acme, sources: ['hf:other/'] }
    expect((await proveModel(shelf, now, { ...world, makers: [elsewhere] })).signature?.state).toBe(
      'untrusted',
    )
  })

  test('has the build of a base that is its maker’s: level 2, and its template beside that one', async () => {
    const { manifest: proven, bases } = await proveModel(shelf, tuned, world)
    expect(bases).toMatchObject([{ verdict: 'same', against: 'shelf', on_shelf: 'base', level: 4 }])
    expect(proven.provenance).toMatchObject({ level: 2, pulled: { level: 1 } })
    expect(await templateAgainstBase(shelf, tuned)).toMatchObject({
      base: 'acme/base',
      on_shelf: 'base',
      verdict: 'differs',
      diff: { added: 1, removed: 1 },
    })
    expect(await templateAgainstBase(shelf, base)).toBeNull()
  })

  test('is not recorded over what somebody else wrote meanwhile', async () => {
    const proof = await proveModel(shelf, tuned, world)
    const changed = { ...tuned, asked: 'hf:jo/tuned' }
    await writeManifest(shelf, changed)
    await recordProof(shelf, tuned, proof, signal)
    expect(readManifest(shelf, 'tuned')).toEqual(changed)
  })
})
