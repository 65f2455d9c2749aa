import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { commandLine, STARTER } from './command-line.conformance.ts'

const { folder, run, report, save } = commandLine()
const certifyLine = `certify --outcomes ${STARTER} --task triage --reference l --members s1,s2,s3`

type Signed = { readonly certificate: { readonly signature?: { readonly key_id: string } } }

function keep(file: string, document: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(document))
}

beforeAll(async () => {
  expect((await run('certify keygen --out own.pem')).code).toBe(0)
  expect((await run('certify keygen --out other.pem')).code).toBe(0)
  keep('signed.json', await report(`${certifyLine} --key own.pem`))
  keep('plain.json', await report(certifyLine))
})

describe('certify keygen', () => {
  test('writes a private key for its owner only, and a public one', () => {
    expect(statSync(join(folder, 'own.pem')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'own.pem.pub'), 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----/)
  })

  test('overwrites nothing, and leaves no half of a pair behind', async () => {
    const before = readFileSync(join(folder, 'own.pem'), 'utf8')
    const again = await run('certify keygen --out own.pem')
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('keys are never overwritten')])
    expect(readFileSync(join(folder, 'own.pem'), 'utf8')).toBe(before)
    save('lonely.pem', [])
    expect((await run('certify keygen --out lonely.pem')).code).toBe(2)
    expect(() => statSync(join(folder, 'lonely.pem.pub'))).toThrow('ENOENT')
  })
})

describe('a signed certificate', () => {
  test('names its key, and the environment can name the key too', async () => {
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Signed
    const keyId = read('signed.json').certificate.signature?.key_id
    expect(keyId).toMatch(/^[0-9a-f]{32}$/)
    expect(read('plain.json').certificate.signature).toBeUndefined()
    const { out } = await run(certifyLine, { MUSIVUM_SIGNING_KEY_FILE: 'own.pem' })
    expect(out).toContain(`Signed with key ${keyId}.`)
  })

  test('is verified with the public key, and its test run again on the outcomes', async () => {
    const line = `certify verify signed.json --public-key own.pem.pub --outcomes ${STARTER}`
    expect(await report(line)).toMatchObject({
      verified: true,
      signature: 'good',
      data: 'same',
      differing: [],
    })
    const { code, out } = await run('certify verify signed.json --public-key own.pem.pub')
    expect(code).toBe(0)
    expect(out).toMatch(/^Verified\. The signature of key [0-9a-f]{32} is good/)
    expect(out).toContain(
      'Not checked: whether the outcomes give what it says; figures that stand around the certificate',
    )
  })

  test('with a field changed, another key or no signature is not verified', async () => {
    const text = readFileSync(join(folder, 'signed.json'), 'utf8')
    writeFileSync(join(folder, 'forged.json'), text.replaceAll('"epsilon":0.05', '"epsilon":0.01'))
    const check = (file: string, key: string) => report(`certify verify ${file} --public-key ${key}`, 1)
    expect(await check('forged.json', 'own.pem.pub')).toMatchObject({ verified: false, signature: 'bad' })
    expect(await check('signed.json', 'other.pem.pub')).toMatchObject({ signature: 'other-key' })
    expect(await check('plain.json', 'own.pem.pub')).toMatchObject({ signature: 'missing' })
  })

  test('with other outcomes, or with figures that the outcomes do not give, is not verified', async () => {
    const rows = readFileSync(STARTER, 'utf8').trim().split('\n')
    save('fewer.jsonl', [], rows.filter((row) => !row.includes('"triage-001"')).join('\n'))
    const other = await run('certify verify signed.json --public-key own.pem.pub --outcomes fewer.jsonl')
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('their hash is another')])
    const text = readFileSync(join(folder, 'plain.json'), 'utf8')
    writeFileSync(join(folder, 'rosy.json'), text.replace(/"mean_loss":[^,]+/, '"mean_loss":-0.5'))
    expect(await report(`certify verify rosy.json --outcomes ${STARTER}`, 1)).toMatchObject({
      verified: false,
      signature: 'not-checked',
      data: 'same',
      differing: ['test_path'],
    })
  })

  test('about router scores is tested again with the scores', async () => {
    const items = Array.from({ length: 240 }, (_, item) => `triage-${String(item + 1).padStart(3, '0')}`)
    save(
      'scores.jsonl',
      items.map((item, place) => ({ item, score: (place * 37) % 100 })),
    )
    const line = `certify --outcomes ${STARTER} --task triage --reference l --cheap s1 --scores scores.jsonl`
    keep('threshold.json', await report(`${line} --key own.pem`))
    const verify = `certify verify threshold.json --public-key own.pem.pub --outcomes ${STARTER}`
    expect(await report(`${verify} --scores scores.jsonl`)).toMatchObject({ verified: true, data: 'same' })
    const without = await run(verify)
    expect([without.code, without.err]).toEqual([
      2,
      expect.stringContaining('certify verify needs --scores FILE'),
    ])
  })

  test.each([
    ['signed.json', 'nothing to check it with'],
    ['absent.json --public-key own.pem.pub', 'absent.json: there is no such file'],
    ['own.pem --public-key own.pem.pub', 'own.pem: not JSON, or cut off'],
    ['signed.json --public-key own.pem', 'own.pem: this is a private key'],
    ['signed.json --public-key signed.json', 'signed.json: no key; expected an Ed25519 public key'],
    ['--public-key own.pem.pub', 'certify verify needs one certificate'],
  ])('certify verify %s: one line and exit code 2', async (words, line) => {
    const { code, err } = await run(`certify verify ${words}`)
    expect([code, err]).toEqual([2, expect.stringContaining(line)])
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  test('of another form is refused by the field that is wrong', async () => {
    const { certificate } = JSON.parse(readFileSync(join(folder, 'plain.json'), 'utf8')) as {
      certificate: object
    }
    keep('delta.json', { ...certificate, delta: 3 })
    keep('later.json', { ...certificate, version: 2 })
    keep('more.json', { ...certificate, note: 'mine' })
    const line = async (file: string) => (await run(`certify verify ${file} --outcomes ${STARTER}`)).err
    expect(await line('delta.json')).toContain('delta.json: delta: expected a share below 1')
    expect(await line('later.json')).toContain('version: expected 1, the version that this program reads')
    expect(await line('more.json')).toContain('unknown field "note"')
  })
})

test('a key that others may read signs nothing', async () => {
  writeFileSync(join(folder, 'open.pem'), readFileSync(join(folder, 'own.pem')))
  chmodSync(join(folder, 'open.pem'), 0o640)
  const { code, err } = await run(`${certifyLine} --key open.pem`)
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('open.pem: others may read this key (mode 640); expected mode 600'),
  ])
})

describe('certify --plan', () => {
  test('without outcomes says what it assumes', async () => {
    const { plan } = (await report('certify --plan --epsilon 0.03')) as { plan: Record<string, unknown> }
    expect(plan).toMatchObject({ epsilon: 0.03, delta: 0.05, pilot_items: null })
    expect((await run('certify --plan --epsilon 0.03')).out).toContain('Assumed: answers are right or wrong')
  })

  test('with a pilot says what so many pairs would probably certify', async () => {
    const { plan } = (await report(`${certifyLine} --plan --epsilon 0.03`)) as {
      plan: { rows: readonly { pairs: number; certified: number }[]; pilot_items: number }
    }
    expect(plan.pilot_items).toBe(240)
    expect(plan.rows.map(({ certified }) => certified)).toEqual(
      plan.rows.map(({ certified }) => certified).toSorted((a, b) => a - b),
    )
  })

  test('is in the ordinary output too, where a threshold did not pass', async () => {
    const { out } = await run(`${certifyLine.replace('triage', 'extract')} --epsilon 0.01`)
    expect(out).toMatch(/^Not certified/)
    expect(out).toMatch(/it would take about \d+ more pairs|more items would be of no help/)
  })
})
