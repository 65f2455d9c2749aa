import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { run, report } = commandLine()

describe('teams and projects', () => {
  test('are made, listed, and removed when nothing belongs to them', async () => {
    expect((await run('teams list --home teams')).out).toContain('`musivum teams create ID` makes one')
    expect((await run('projects list --home teams')).out).toContain(
      '`musivum projects create ID --team TEAM`',
    )
    expect(await report('teams create legal --home teams')).toMatchObject({ id: 'legal', name: 'legal' })
    const contracts = await report('projects create contracts --team legal --name Contracts --home teams')
    expect(contracts).toMatchObject({ id: 'contracts', team: 'legal', name: 'Contracts' })
    expect((await run('teams remove legal --home teams')).err).toContain('team legal still has projects')
    expect((await run('projects list --home teams')).out).toMatch(/^contracts +legal +Contracts +\d{4}-/m)
    expect(await report('projects remove contracts --home teams')).toEqual({ id: 'contracts', removed: true })
    expect(await report('teams remove legal --home teams')).toEqual({ id: 'legal', removed: true })
    expect(await report('teams list --home teams')).toEqual({ teams: [] })
  })
})

describe('budgets', () => {
  test('are set in dollars, kept in nano-dollars, set again, and removed', async () => {
    expect((await run('budgets list --home budgets')).out).toContain('`musivum budgets set --everyone')
    await run('teams create legal --home budgets')
    const set = 'budgets set --team legal --per month --home budgets'
    expect(await report(`${set} --cap-usd 0.1`)).toMatchObject({
      id: 'team-legal-month-hard',
      scope: { kind: 'team', id: 'legal' },
      hard: true,
      cap_nano_usd: 100_000_000,
      spent_nano_usd: 0,
      left_nano_usd: 100_000_000,
    })
    await run('budgets set --everyone --per day --cap-usd 40 --soft --home budgets')
    await run(`${set} --cap-usd 500`)
    const { out } = await run('budgets list --home budgets')
    expect(out).toMatch(/team-legal-month-hard +team legal +month +hard +\$500\.00 +\$0 +\$0 +\$500\.00/)
    expect(out).toMatch(/everyone-day-soft +everyone +day +soft +\$40\.00/)
    await run('budgets remove everyone-day-soft --home budgets')
    expect(await report('budgets list --home budgets')).toMatchObject({
      budgets: [{ id: 'team-legal-month-hard', cap_nano_usd: 500_000_000_000 }],
    })
  })

  test.each([
    ['--per month --cap-usd 5', 'budgets set needs one of --team ID, --project ID, --key ID and --everyone'],
    ['--everyone --team a --per month --cap-usd 5', 'needs one of --team ID'],
    ['--everyone --per week --cap-usd 5', '--per: expected day, month or total, not "week"'],
    ['--everyone --cap-usd 5', 'budgets set needs --per PERIOD and --cap-usd AMOUNT'],
    ['--everyone --per day --cap-usd -5', '--cap-usd: expected US dollars from 0'],
    ['--everyone --per day --cap-usd 1e400', '--cap-usd: expected US dollars from 0'],
    ['--everyone --per day --cap-usd 5EUR', 'no other currency is known'],
    ['--everyone --per day --cap-usd 0.0000000001', 'at most nine decimals'],
    ['--team nobody --per day --cap-usd 5', 'There is no team nobody.'],
    ['--key billing --per day --cap-usd 5', 'There is no key billing; `musivum keys list` shows the ids.'],
  ])('%s: one line and exit code 2', async (options, line) => {
    const { code, err } = await run(`budgets set ${options} --home wrong`)
    expect(code).toBe(2)
    expect(err).toContain(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('limits', () => {
  test('are set as a whole for a scope, listed, and removed', async () => {
    expect((await run('limits list --home limits')).out).toContain('`musivum limits set --everyone')
    const set = 'limits set --everyone --home limits'
    await run(`${set} --requests-per-minute 600 --parallel 20`)
    expect(await report(`${set} --tokens-per-minute 100000 --usd-per-minute 2.50`)).toEqual({
      scope: { kind: 'everyone' },
      requests_per_minute: null,
      tokens_per_minute: 100_000,
      nano_usd_per_minute: 2_500_000_000,
      parallel: null,
    })
    expect((await run('limits list --home limits')).out).toMatch(
      /^everyone +100000 tokens\/min, \$2\.50\/min$/m,
    )
    await run('limits remove --everyone --home limits')
    expect(await report('limits list --home limits')).toEqual({ limits: [] })
  })

  test.each([
    ['--everyone', 'limits set needs a limit'],
    ['--everyone --parallel 0', '--parallel: expected a whole number from 1'],
    ['--everyone --usd-per-minute 0', '--usd-per-minute: expected more than 0'],
    ['--parallel 2', 'limits set needs one of --team ID'],
  ])('%s: one line and exit code 2', async (options, line) => {
    const { code, err } = await run(`limits set ${options} --home wrong`)
    expect([code, err.includes(line), err.trim().split('\n').length]).toEqual([2, true, 1])
  })
})

describe('spend', () => {
  test('says that nothing was asked, and since when it looked', async () => {
    const { code, out } = await run('spend --home spend --from 2026-11-01 --to 2026-11-02')
    expect([code, out]).toEqual([
      0,
      'nothing was asked from 2026-11-01 00:00 to 2026-11-02 00:00 UTC; --from looks further back\n',
    ])
    expect(await report('spend --home spend --by team --from 2026-11-01 --to 2026-11-02')).toEqual({
      unit: 'day',
      by: 'team',
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
      nano_usd: 0,
      sums: [],
    })
  })

  test.each([
    ['--by user', '--by: expected model, team, project, key, task or nothing, not "user"'],
    ['--from 2026-11-02 --to 2026-11-01', '--from is after --to'],
    ['--from 2020-01-01', 'expected at most 750 days before'],
    ['--unit week', '--unit: expected day or hour'],
    ['--from yesterday', '--from: expected a span such as 12h'],
  ])('%s: one line and exit code 2', async (options, line) => {
    const { code, err } = await run(`spend ${options} --home spend`)
    expect([code, err.includes(line), err.trim().split('\n').length]).toEqual([2, true, 1])
  })
})
