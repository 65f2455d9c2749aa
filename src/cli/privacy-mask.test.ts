import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { folder, run } = commandLine()

const LETTER =
  'Dear Ada, write to ada@example.org or call +44 20 7946 0958.\nआधार ३९९८ ७६५४ ३२११, "ada@example.org"\n'

function save(name: string, text: string | Uint8Array): string {
  writeFileSync(join(folder, name), text)
  return name
}

describe('a text', () => {
  save('letter.txt', LETTER)

  test('is masked and comes back, in pieces of any size', async () => {
    const masked = await run('privacy mask letter.txt --map letter.map --scope legal')
    expect(masked).toMatchObject({ code: 0, err: '' })
    expect(masked.out).toMatch(
      /^Dear Ada, write to (⟦EMAIL_ADDRESS_\w{7}⟧) or call ⟦PHONE_NUMBER_\w{7}⟧\.\nआधार ⟦IN_AADHAAR_\w{7}⟧, "\1"\n$/,
    )
    save('masked.txt', masked.out)
    for (const size of [1, 7, 64]) {
      expect((await run(`privacy mask letter.txt --scope legal --chunk ${size}`)).out).toBe(masked.out)
      const restored = await run(`privacy restore masked.txt --map letter.map --chunk ${size}`)
      expect(restored).toEqual({ code: 0, out: LETTER, err: '' })
    }
  })

  test('has other stand-ins in another scope, and the map is for its owner’s eyes', async () => {
    const [one, two] = await Promise.all(
      ['a', 'b'].map((scope) => run(`privacy mask letter.txt --map ${scope}.map --scope ${scope}`)),
    )
    expect(one?.out).not.toBe(two?.out)
    expect(statSync(join(folder, 'a.map')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, '.musivum/data/scope.key')).mode & 0o777).toBe(0o600)
  })

  test('adds to a map that is there, and says that without one nobody can put the values back', async () => {
    save('second.txt', 'and grace@example.org')
    await run('privacy mask letter.txt --map both.map')
    await run('privacy mask second.txt --map both.map')
    const { stand_ins: standIns } = JSON.parse(readFileSync(join(folder, 'both.map'), 'utf8')) as {
      readonly stand_ins: Readonly<Record<string, string>>
    }
    expect(Object.values(standIns)).toHaveLength(4)
    expect((await run('privacy mask second.txt')).err).toContain('without --map nobody can put them back')
  })

  test('without anything to mask does not change by a byte', async () => {
    const plain = '\ufeffनमस्ते 👋 ⟦sic⟧\r\n\ttwo'
    expect((await run(`privacy mask ${save('plain.txt', plain)} --chunk 1`)).out).toBe(plain)
  })
})

test('stand-ins that a map does not know are told and left', async () => {
  save('strange.txt', 'see ⟦PERSON_7F3KQ2M⟧')
  save('empty.map', '{"version":1,"scope":"x","stand_ins":{}}')
  const { out, err } = await run('privacy restore strange.txt --map empty.map')
  expect(out).toBe('see ⟦PERSON_7F3KQ2M⟧')
  expect(err).toContain('⟦PERSON_7F3KQ2M⟧')
})

test.each([
  ['privacy restore letter.txt', 'needs --map FILE'],
  ['privacy restore letter.txt --map none.map', '--map none.map: there is no such file'],
  ['privacy restore letter.txt --map broken.map', 'broken.map: expected a map'],
  ['privacy restore letter.txt --map right.map --scope y', 'the map is of the scope "x", not "y"'],
  ['privacy mask letter.txt --map right.map --scope y', 'the map is of the scope "x", not "y"'],
  ['privacy mask none.txt', 'none.txt: there is no such file'],
  ['privacy mask latin.txt', 'latin.txt is not UTF-8 text'],
  ['privacy mask letter.txt --chunk 0', '--chunk'],
  ['privacy mask letter.txt --entities EMAIL_ADRESS', 'EMAIL_ADDRESS'],
  ['privacy mask letter.txt other.txt', 'takes one file'],
])('%s: one line, and nothing of the text', async (line, problem) => {
  save('broken.map', 'ada@example.org')
  save('right.map', '{"version":1,"scope":"x","stand_ins":{}}')
  save('latin.txt', Buffer.from('caf\u00e9 ada@example.org', 'latin1'))
  const { code, err } = await run(line)
  expect(code).toBe(2)
  expect(err).toContain(problem)
  expect(err.trim().split('\n')).toHaveLength(1)
  expect(err).not.toContain('@')
})

test('a key that is gone is not made anew before somebody says so', async () => {
  await run('privacy mask letter.txt --map kept.map')
  const before = (await run('privacy mask letter.txt')).out
  expect((await run('privacy new-key')).err).toContain('data/scope.key is there: move it away first')
  rmSync(join(folder, '.musivum/data/scope.key'))
  for (const line of ['privacy mask letter.txt', 'privacy mask letter.txt --map kept.map']) {
    const { code, out, err } = await run(line)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('put your copy back there')
  }
  expect((await run('privacy new-key')).out).toContain('keep a copy of it')
  expect((await run('privacy mask letter.txt --map kept.map')).out).toBe(before)
  expect((await run('privacy mask letter.txt')).out).not.toBe(before)
})

test('a damaged key is not made anew in silence', async () => {
  await run('privacy mask letter.txt')
  save('.musivum/data/scope.key', 'short')
  const { code, err } = await run('privacy mask letter.txt')
  expect(code).toBe(2)
  expect(err).toContain('data/scope.key in the home directory has 5 bytes instead of 32')
  const given = { MUSIVUM_SCOPE_KEY: 'ab'.repeat(32) }
  expect((await run('privacy mask letter.txt', given)).code).toBe(0)
  expect((await run('privacy mask letter.txt', { MUSIVUM_SCOPE_KEY: 'ab' })).err).toContain(
    '64 hexadecimal digits',
  )
})
