import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { folder, run, report } = commandLine()

type KeyJson = { readonly id: string; readonly state: string; readonly [field: string]: unknown }
type Made = { readonly key: KeyJson; readonly secret: string }

/** A home folder with an admin's key in it. */
async function homeWithAdmin(home: string): Promise<Made> {
  return (await run(`keys create admin --role admin --home ${home} --json`).then(({ out }) =>
    JSON.parse(out),
  )) as Made
}

describe('the first key', () => {
  test('is said once, with how to send it and what it changes', async () => {
    const empty = await run('keys list --home first')
    expect(empty).toMatchObject({ code: 0, err: '' })
    expect(empty.out).toMatch(/^no keys yet: .* `musivum keys create admin --role admin` makes the first\n$/)

    const { code, out, err } = await run('keys create admin --role admin --home first')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const [, secret = ''] = /^ {4}(mv-\S{54})$/m.exec(out) ?? []
    expect(out).toContain('This is the only time it is shown')
    expect(out).toContain(`curl http://127.0.0.1:4000/v1/models -H 'authorization: Bearer ${secret}'`)
    expect(out).toContain('From now on every request needs a key')

    expect((await run('keys list --home first --json')).out).not.toContain(secret.slice(14))
    const shown = await run(`keys show ${secret.slice(0, 13)} --home first`)
    expect(shown.out).toMatch(/^role +admin$/m)
    expect(shown.out).not.toContain(secret.slice(14))
    expect(readFileSync(join(folder, 'first/data/main.db')).includes(secret.slice(14))).toBe(false)
  })

  test('of a member comes with a warning that nobody is an admin', async () => {
    const { code, out, err } = await run('keys create app --home memberfirst --json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ key: { role: 'member' } })
    expect(err).toContain('`musivum keys create admin --role admin` opens them')
    expect((await run('keys create admin --role admin --home memberfirst')).err).toBe('')
  })
})

describe('keys', () => {
  test('are made with what they allow, listed by page, changed and revoked', async () => {
    await homeWithAdmin('keys')
    await run('teams create legal --home keys')
    await run('projects create contracts --team legal --home keys')
    const { key } = (await report(
      'keys create bot --project contracts --models gpt-*,small --clearances health --expires 90d --cache --metadata owner=ann --home keys',
    )) as Made
    expect(key).toMatchObject({
      role: 'member',
      state: 'active',
      team: 'legal',
      project: 'contracts',
      models: ['gpt-*', 'small'],
      tasks: null,
      clearances: ['health'],
      cache: true,
      metadata: { owner: 'ann' },
    })
    const days = (Date.parse(String(key['expires'])) - Date.parse(String(key['created']))) / 86_400_000
    expect(days).toBeCloseTo(90, 3)

    const first = (await report('keys list --limit 1 --home keys')) as { keys: KeyJson[]; next: string }
    const second = (await report(`keys list --after ${first.next} --home keys`)) as { keys: KeyJson[] }
    expect([...first.keys, ...second.keys]).toHaveLength(2)
    const found = (await report('keys list --team legal --search BO --home keys')) as { keys: KeyJson[] }
    expect(found.keys.map(({ id }) => id)).toEqual([key.id])

    const change = `keys change ${key.id} --name robot --models all --expires never --clearances none --no-cache`
    expect(await report(`${change} --home keys`)).toMatchObject({
      name: 'robot',
      models: null,
      expires: null,
      clearances: [],
      cache: false,
      metadata: { owner: 'ann' },
    })
    expect(await report(`keys revoke ${key.id} --home keys`)).toMatchObject({ state: 'revoked' })
    const revoked = await run('keys list --state revoked --home keys')
    expect(revoked.out).toMatch(/robot +member +legal +contracts +revoked/)
    expect((await run('keys list --state expired --home keys')).out).toContain('no key is like that')
  })

  test('are rotated to a new secret for the same id', async () => {
    const { key, secret } = await homeWithAdmin('rotate')
    const { code, out } = await run(`keys rotate ${key.id} --grace 1h --home rotate`)
    const [, fresh = ''] = /^ {4}(mv-\S{54})$/m.exec(out) ?? []
    expect([code, fresh.slice(0, 13), fresh === secret]).toEqual([0, key.id, false])
    expect(out).toMatch(/the old one is refused from \d{4}-\d\d-\d\d \d\d:\d\d UTC on/)
    expect(out).not.toContain(secret)
  })

  test.each([
    ['keys create', 'keys create needs NAME'],
    ['keys create a b', 'keys create takes one NAME'],
    ['keys create a --role boss', '--role: expected member, auditor or admin, not "boss"'],
    ['keys create a --team nobody', 'There is no team nobody.'],
    ['keys create a --expires 2020-01-01', '--expires: expected a time in the future'],
    ['keys create a --expires 2027-02-30', '--expires: expected a span such as 12h, 90d or 2w, or a date'],
    ['keys create a --expires soon', '--expires: expected a span such as 12h, 90d or 2w, or a date'],
    ['keys create a --models a,,b', '--models: expected names with commas between them'],
    ['keys create a --metadata owner', '--metadata: expected NAME=TEXT'],
    ['keys create a --cach', 'keys create has no option --cach; did you mean --cache?'],
    ['keys show mv-0000000000', 'there is no key with this id; `musivum keys list` shows them'],
    ['keys change mv-0000000000', 'keys change needs something to change'],
    ['keys change mv-0000000000 --cache --no-cache', '--cache and --no-cache say the opposite'],
    ['keys change mv-0000000000 --name x', 'There is no key mv-0000000000.'],
    ['keys rotate mv-0000000000 --grace 8d', '--grace: expected at most 7d, not "8d"'],
    ['keys revoke mv-0000000000', 'There is no key mv-0000000000.'],
    ['keys lst', 'keys needs to know what to do'],
  ])('%s: one line and exit code 2', async (line, said) => {
    const { code, err } = await run(`${line} --home wrong`)
    expect(code).toBe(2)
    expect(err).toContain(said)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})
