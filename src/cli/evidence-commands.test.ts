import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { commandLine, STARTER, type Row } from './command-line.conformance.ts'

const { run, report, save } = commandLine()

function outcome(item: number, model: string, score: number, more: Row = {}): Row {
  return { task: 't', item: `i${item}`, model, score, ...more }
}

/** n items on which `a` and `b` are right by the functions given. */
function twoModels(n: number, a: (item: number) => boolean, b: (item: number) => boolean): readonly Row[] {
  return Array.from({ length: n }, (_, item) => [
    outcome(item, 'a', Number(a(item)), {
      answer: a(item) ? 'yes' : 'no',
      lang: item % 2 === 0 ? 'en' : 'mr',
    }),
    outcome(item, 'b', Number(b(item)), { answer: b(item) ? 'yes' : 'no' }),
  ]).flat()
}

type ComparisonJson = {
  readonly task: string
  readonly n: number
  readonly missing: readonly unknown[]
  readonly candidate: { readonly mean: number }
  readonly difference: { readonly mean: number; readonly interval: readonly [number, number] }
  readonly discordant: { readonly n10: number; readonly n01: number }
  readonly verdict: string
  readonly details: { readonly slice: { readonly value: string | null } | null }
}

describe('compare', () => {
  const compareAB = (files: string) => `compare ${files} --candidate a --reference b --margin 0.1`

  test('the starter family gives what its README counted: l alone right on 160 items of the six tasks, s1 on 40', async () => {
    const { comparisons } = (await report(
      `compare --outcomes ${STARTER} --candidate l --reference s1 --margin 0.02`,
    )) as { comparisons: readonly ComparisonJson[] }
    const base = comparisons.filter(({ task }) => task !== 'urgency')
    const sum = (value: (each: ComparisonJson) => number) =>
      base.reduce((total, each) => total + value(each), 0)
    expect(base).toHaveLength(6)
    expect([sum((each) => each.discordant.n10), sum((each) => each.discordant.n01)]).toEqual([160, 40])
    expect((100 * sum((each) => each.n * each.difference.mean)) / sum((each) => each.n)).toBeCloseTo(11.1, 1)
    expect(base.every(({ missing }) => missing.length === 0)).toBe(true)
  })

  test('one task agrees with a count by hand', async () => {
    const right = new Map<string, number>()
    for (const line of readFileSync(STARTER, 'utf8').trim().split('\n')) {
      const { task, item, model, score } = JSON.parse(line) as Record<string, string | number>
      if (task === 'redact') right.set(`${model} ${item}`, Number(score))
    }
    const items = [...right.keys()].filter((key) => key.startsWith('l ')).map((key) => key.slice(2))
    const gains = items.map((item) => (right.get(`l ${item}`) ?? 0) - (right.get(`s1 ${item}`) ?? 0))
    const [better, worse] = [gains.filter((gain) => gain > 0), gains.filter((gain) => gain < 0)]
    const line = `compare --outcomes ${STARTER} --candidate l --reference s1 --margin 0.02 --task redact`
    const { comparisons } = (await report(line)) as { comparisons: readonly ComparisonJson[] }
    expect(comparisons).toMatchObject([
      {
        task: 'redact',
        n: items.length,
        difference: { mean: (better.length - worse.length) / items.length },
        discordant: { n10: better.length, n01: worse.length },
        margin: 0.02,
        verdict: 'superior',
        equivalent: false,
      },
    ])
  })

  test('the document has the fields of the contract', async () => {
    const file = save(
      'contract.jsonl.gz',
      twoModels(
        60,
        (item) => item % 3 > 0,
        (item) => item % 4 > 0,
      ),
    )
    const { comparisons } = (await report(compareAB(`--outcomes ${file}`))) as { comparisons: readonly Row[] }
    const [first = {}] = comparisons
    expect(Object.keys(first).filter((key) => key !== 'details')).toEqual([
      'task',
      'n',
      'missing',
      'candidate',
      'reference',
      'difference',
      'discordant',
      'mcnemar_p',
      'margin',
      'verdict',
      'equivalent',
      'power',
    ])
  })

  test('two files are one table, slices follow the whole, and items of one side only are listed', async () => {
    const rows = twoModels(
      80,
      () => true,
      (item) => item % 5 > 0,
    )
    const [a, b] = ['a', 'b'].map((model) =>
      save(
        `${model}.jsonl`,
        rows.filter((row) => row['model'] === model),
      ),
    )
    save('more.jsonl', [outcome(80, 'a', 1, { lang: 'en' })])
    const line = `${compareAB(`--outcomes ${a} --outcomes ${b} --outcomes more.jsonl`)} --by lang`
    const { comparisons } = (await report(line)) as { comparisons: readonly ComparisonJson[] }
    expect(comparisons.map(({ n, details }) => [n, details.slice?.value])).toEqual([
      [80, undefined],
      [40, 'en'],
      [40, 'mr'],
    ])
    expect(comparisons[0]).toMatchObject({ missing: [{ item: 'i80', model: 'b' }], verdict: 'superior' })
    const { out } = await run(line)
    expect(out).toContain('Proven better than the reference (95 %).')
    expect(out).toContain('1 item is in no figure, without an outcome of: i80 (b)')
    expect(out).toContain('Read together (Holm, 3 comparisons, 95 %), no worse by 10.0 points: t, t, lang en')
  })

  test('what few items cannot say is null or a wide interval, never NaN', async () => {
    const file = save('one.jsonl', [outcome(1, 'a', 0.5), outcome(1, 'b', 0.5)])
    const { code, out } = await run(`${compareAB(`--outcomes ${file}`)} --json`)
    expect([code, /NaN|Infinity/.test(out)]).toEqual([0, false])
    expect(JSON.parse(out)).toMatchObject({ comparisons: [{ n: 1, verdict: 'undecided' }] })
    expect((await run(compareAB(`--outcomes ${file}`))).out).not.toMatch(/NaN|undefined|null/)
  })

  test('two models without a common item give no verdict and list every item', async () => {
    const file = save('apart.jsonl', [outcome(1, 'a', 1), outcome(2, 'b', 1)])
    const { comparisons } = (await report(compareAB(`--outcomes ${file}`))) as { comparisons: readonly Row[] }
    expect(comparisons).toMatchObject([
      { n: 0, verdict: 'undecided', missing: [{ item: 'i1' }, { item: 'i2' }] },
    ])
  })

  test('equal models are called equivalent, in words too, and clusters are counted', async () => {
    const rows = twoModels(
      400,
      (item) => item % 20 > 0,
      (item) => item % 20 !== 1,
    ).map((row) => ({ ...row, cluster: `c${Math.floor(Number(String(row['item']).slice(1)) / 4)}` }))
    const line = compareAB(`--outcomes ${save('equal.jsonl', rows)}`)
    const alone = (await report(line)) as { comparisons: readonly ComparisonJson[] }
    const clustered = (await report(`${line} --cluster`)) as { comparisons: readonly ComparisonJson[] }
    expect(alone).toMatchObject({ comparisons: [{ verdict: 'non-inferior', equivalent: true }] })
    expect(clustered).toMatchObject({
      comparisons: [{ n: 400, mcnemar_p: null, details: { clusters: 100 } }],
    })
    expect((await run(line)).out).toContain(
      'Proven no more than 10 points worse than the reference (95 %). Equivalent: they differ by less than 10.0 points either way.',
    )
  })

  test('wrong rows are named with file and line, counted, and nothing is computed', async () => {
    const rows = [
      outcome(1, 'a', 1.5),
      outcome(2, 'a', 1),
      outcome(2, 'a', 0),
      outcome(3, 'a', -1),
      outcome(4, '', 1),
      outcome(5, 'a', 1, { answer: 7 }),
      { task: 't', item: 'i6', model: 'a' },
    ]
    const file = save('wrong.jsonl', rows, '{"task":"t","item":"secret answ')
    const { code, out, err } = await run(`${compareAB(`--outcomes ${file}`)} --json`)
    expect(code).toBe(2)
    const [first, second, ...others] = err.trim().split('\n')
    expect(first).toBe('wrong.jsonl:1: "score" is 1.5; expected a number from 0 to 1')
    expect(second).toContain(
      'wrong.jsonl:3: model "a" on item "i2" of task "t" was already given at wrong.jsonl:2',
    )
    expect(others).toHaveLength(4)
    expect(others.at(-1)).toContain('7 of 8 rows are wrong, the first 5 of them above; nothing was computed')
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'request.invalid' } })
    expect(err).not.toContain('secret')
  })

  test.each([
    ['half.jsonl', '{"task":"t","item":"1"', 'half.jsonl:1: the line is cut off or not JSON'],
    [
      'nan.jsonl',
      '{"task":"t","item":"1","model":"a","score":NaN}\n',
      'nan.jsonl:1: the line holds NaN or Infinity',
    ],
    ['empty.jsonl', '\n', 'empty.jsonl: no outcomes; expected one JSON object per line'],
  ])('%s ends with one line that says so', async (file, text, line) => {
    const { code, err } = await run(compareAB(`--outcomes ${save(file, [], text)}`))
    expect({ code, said: err.includes(line) }).toEqual({ code: 2, said: true })
  })

  test.each([
    ['--candidate s1 --reference sl --margin 0.1', 'no model "sl"; nearest: l, s1'],
    ['--candidate l --reference s1 --margin 0.1 --task triages', 'no task "triages"; nearest: triage'],
    ['--candidate l --reference l --margin 0.1', '--candidate and --reference are both "l"'],
    ['--candidate l --reference s1', 'compare needs --margin SHARE'],
    ['--candidate l --reference s1 --margin 2', '--margin: expected a number from 0 to 1, not "2"'],
    ['--candidate l --reference s1 --margin 0.1 --by task', '--by: expected category or lang, not "task"'],
    ['--candidate l --reference s1 --margin 0.1 --confidence 95', '--confidence: expected a number from 0.5'],
  ])('%s: one line and exit code 2', async (options, line) => {
    const { code, err } = await run(`compare --outcomes ${STARTER} ${options}`)
    expect(code).toBe(2)
    expect(err).toContain(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('combine', () => {
  test('a vote of the starter family is what its README counted, and is not promoted for it where it is not proven', async () => {
    const line = `combine --outcomes ${STARTER} --members s1,s2,s3 --method vote --task triage`
    const { results } = (await report(line)) as { results: readonly Row[] }
    expect(results).toMatchObject([
      { task: 'triage', n: 240, accuracy: 230 / 240, calls_mean: 3, escalated_share: 0, promoted: false },
    ])
    expect(results[0]).toMatchObject({ best_single: { model: 's1', accuracy: 225 / 240 } })
  })

  test('a cascade asks the next model only where its members disagree', async () => {
    const rows = [
      ...twoModels(
        40,
        () => true,
        (item) => item >= 10,
      ),
      ...Array.from({ length: 40 }, (_, item) => outcome(item, 'big', 1, { answer: 'yes' })),
    ]
    const file = save('cascade.jsonl', rows)
    const line = `combine --outcomes ${file} --members a,b --escalate big --method cascade`
    const { results } = (await report(line)) as { results: readonly Row[] }
    expect(results).toMatchObject([{ escalate: 'big', accuracy: 1, escalated_share: 0.25, calls_mean: 2.25 }])
    expect((await run(line)).out).toContain('t: cascade of a, b, else big; 40 items')
  })

  test('self-consistency votes with the samples of one model', async () => {
    const answers = ['yes', 'yes', 'no']
    const rows = Array.from({ length: 20 }, (_, item) =>
      answers.map((answer, sample) => outcome(item, 'a', Number(answer === 'yes'), { answer, sample })),
    ).flat()
    const line = `combine --outcomes ${save('samples.jsonl', rows)} --members a --method self-consistency`
    const { results } = (await report(line)) as { results: readonly Row[] }
    expect(results).toMatchObject([{ accuracy: 1, calls_mean: 3, best_single: { model: 'a' } }])
  })

  test.each([
    ['--members s1,s2 --method cascade', '--method cascade needs --escalate MODEL'],
    ['--members s1,s1 --method vote', '--members names "s1" twice'],
    ['--members s1,,s2 --method vote', '--members: expected names with a comma between'],
    ['--members s1,s9 --method vote', 'no model "s9"; nearest: s1, s2, s3'],
    ['--members s1,s2 --method poll', '--method: expected vote, weighted'],
    ['--members s1 --method self-consistency --task add', 'self-consistency needs several samples of it'],
  ])('%s: one line and exit code 2', async (options, line) => {
    const { code, err } = await run(`combine --outcomes ${STARTER} ${options}`)
    expect(code).toBe(2)
    expect(err).toContain(line)
  })
})

describe('certify', () => {
  /** The cheap model `a` is wrong where the score is 0.9 or more, and as good as `b` elsewhere. */
  const rows = twoModels(
    400,
    (item) => item % 100 < 90,
    () => true,
  )
  const scores = Array.from({ length: 400 }, (_, item) => ({ item: `i${item}`, score: (item % 100) / 100 }))
  const line = (outcomes: string, file: string) =>
    `certify --outcomes ${outcomes} --reference b --cheap a --scores ${file} --epsilon 0.05`

  test('what the cheap model may answer is certified, and no more', async () => {
    const outcomes = save('certify.jsonl', rows)
    const whole = await report(line(outcomes, save('scores.jsonl', scores)))
    expect(whole).toMatchObject({ certified: true, epsilon: 0.05, delta: 0.05, n: 400, missing: [] })
    const { threshold, strong_share: share } = whole as { threshold: number; strong_share: number }
    expect(threshold).toBeGreaterThanOrEqual(0.85)
    expect(threshold).toBeLessThan(0.96)
    expect(share).toBeCloseTo(1 - threshold, 5)
    expect(whole).toMatchObject({
      certificate: { kind: 'musivum-certificate', data_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    const { out } = await run(line(outcomes, 'scores.jsonl'))
    expect(out).toMatch(
      /^Certified\. On task t, a with .* % of the items sent to b scores at most 5 points less/,
    )
  })

  test('items without a score or an outcome are listed', async () => {
    const file = save('few.jsonl', [...scores.slice(1), { item: 'nobody', score: 0 }])
    expect(await report(line(save('certify.jsonl', rows), file))).toMatchObject({
      n: 399,
      missing: [
        { item: 'i0', model: 'a score' },
        { item: 'nobody', model: 'any outcome' },
      ],
    })
  })

  test('a vote is certified by how many of its members agree', async () => {
    const whole = await report(`certify --outcomes ${STARTER} --task triage --reference l --members s1,s2,s3`)
    expect(whole).toMatchObject({
      certified: true,
      n: 240,
      certificate: { plan: { cheap: 'vote of s1, s2, s3' } },
    })
  })

  test('wrong scores are named with file and line', async () => {
    const file = save(
      'bad-scores.jsonl',
      [{ item: 'i1', score: 1 }, { item: 'i1', score: 2 }, { item: 'i2' }],
      'x',
    )
    const { code, err } = await run(line(save('certify.jsonl', rows), file))
    expect(code).toBe(2)
    expect(err).toContain('bad-scores.jsonl:2: item "i1" was given before')
    expect(err).toContain('bad-scores.jsonl:3: "score" is missing or no number')
    expect(err).toContain('bad-scores.jsonl:4: the line is cut off or no JSON object')
    expect(err).toContain('3 of 4 rows are wrong')
  })

  test.each([
    ['--reference l --members s1,s2', 'a certificate is about one task; name it with --task'],
    ['--reference l --members s1,l --task add', '"l" is the reference and on the cheap side too'],
    ['--reference l --members s1,s2 --cheap s1', '--members and --cheap exclude each other'],
    ['--reference l --cheap s1', 'certify needs --scores FILE'],
    ['--reference l --members s1,s2 --task add --epsilon 0', '--epsilon: expected a number from 0.0001'],
  ])('%s: one line and exit code 2', async (options, expected) => {
    const { code, err } = await run(`certify --outcomes ${STARTER} ${options}`)
    expect(code).toBe(2)
    expect(err).toContain(expected)
  })
})

describe('router evaluate', () => {
  /** Prompts with "prove" need the strong model; the others do not. */
  const hard = (item: number) => item % 3 === 0
  const items = Array.from({ length: 600 }, (_, item) => ({
    task: 't',
    item: `i${item}`,
    prompt: `${hard(item) ? 'prove that' : 'say whether'} number ${(item * 7919) % 1009} is odd`,
  }))
  const rows = twoModels(
    600,
    (item) => !hard(item),
    () => true,
  )
  const itemNumber = (row: Row) => Number(String(row['item']).slice(1))
  const line = (train: string, test: string) =>
    `router evaluate --items items.jsonl --train ${train} --test ${test} --weak a --strong b`
  beforeAll(() => {
    save('items.jsonl', items)
    save(
      'train.jsonl',
      rows.filter((row) => itemNumber(row) < 300),
    )
    save(
      'test.jsonl',
      rows.filter((row) => itemNumber(row) >= 300),
    )
  })

  test('a router that sees which prompts are hard is called better, with the fields of the contract', async () => {
    const whole = await report(line('train.jsonl', 'test.jsonl'))
    expect(whole).toMatchObject({
      n_train: 300,
      n_test: 300,
      weak: 'a',
      strong: 'b',
      details: { better: true },
    })
    expect(Number(whole['apgr'])).toBeGreaterThan(0.7)
    for (const field of [
      'apgr_interval',
      'cpt50',
      'cpt80',
      'oracle_apgr',
      'us_per_prompt',
      'transfer_warning',
    ])
      expect(whole).toHaveProperty(field)
    expect(whole['baselines']).toMatchObject({ category: null })
  })

  test('items of the training set in the test set are refused', async () => {
    const { code, err } = await run(line('train.jsonl', 'train.jsonl'))
    expect(code).toBe(2)
    expect(err).toContain('300 of 300 test items are in --train too, such as "i0"')
  })

  test('items without a prompt in the file are counted, and a wrong line is named', async () => {
    save('items.jsonl', items.slice(0, 590))
    const fewer = await run(line('train.jsonl', 'test.jsonl'))
    expect(fewer.err).toContain('--test: 10 items are not in --items and are left out')
    expect(fewer.out).toContain('tested on 290')
    save('items.jsonl', [...items, { task: 't', item: 'i1', prompt: 'again' }, { task: 't', item: 'x' }])
    const { code, err } = await run(line('train.jsonl', 'test.jsonl'))
    expect(code).toBe(2)
    expect(err).toContain('items.jsonl:601: item "i1" of task "t" was given before')
    expect(err).toContain('items.jsonl:602: "prompt" is missing')
  })
})

test.each(['compare', 'combine', 'certify', 'router evaluate'])(
  '%s --help has an example',
  async (command) => {
    const { code, out } = await run(`${command} --help`)
    expect([code, out.includes(`musivum ${command} --`)]).toEqual([0, true])
  },
)
