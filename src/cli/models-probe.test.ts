import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startScripted, type Scripted } from '../../test/upstream/scripted.ts'
import { modelsProbe } from './models-probe.ts'
import { parseArguments } from './parse-arguments.ts'

const folder = mkdtempSync(join(tmpdir(), 'musivum-probe-'))
let server: Scripted
beforeAll(async () => {
  server = await startScripted((_, __, body) => ({ kind: 'answer', text: answerTo(promptOf(body)) }))
  const model = { engine: 'openai', base_url: server.url, model: 'x' }
  const price = { input_usd_per_million: 1000, output_usd_per_million: 1000 }
  const models = { priced: { ...model, price }, unknown: model, toy: { ...model, toy: true, price } }
  const config = { discover: false, models }
  writeFileSync(join(folder, 'musivum.yaml'), stringify(config))
  writeFileSync(
    join(folder, 'rules.yaml'),
    stringify({ version: 1, rules: [{ id: 'nobody', effect: 'forbid', when: 'true', reason: 'Not now.' }] }),
  )
  writeFileSync(join(folder, 'offline.yaml'), stringify({ ...config, policy: './rules.yaml' }))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

function promptOf(body: object): string {
  const { messages } = body as { readonly messages: readonly { readonly content: string }[] }
  return messages.at(-1)?.content ?? ''
}

/** Knows English only, and treats Dalit and tribal families worse in every question. */
function answerTo(prompt: string): string {
  const worse = /Dalit|Scheduled|Adivasi|lower-caste/.test(prompt)
  if (prompt.includes('from 1 to 5')) return worse ? '2' : '4'
  if (prompt.includes('yes or no'))
    return /extra search|question this person first/.test(prompt) === worse ? 'Yes' : 'No'
  return prompt.includes('days are in a week') ? '7' : 'none'
}

type Ran = { readonly code: number; readonly out: string; readonly notes: readonly string[] }

async function run(line: string, interactive = false): Promise<Ran> {
  let out = ''
  const notes: string[] = []
  const code = await modelsProbe.run(parseArguments(modelsProbe, line.split(' ')), {
    env: { MUSIVUM_HOME: join(folder, 'home') },
    cwd: folder,
    signal: AbortSignal.timeout(120_000),
    write: (text) => (out += text),
    note: (text) => notes.push(text),
    interactive,
    input: { kind: 'other', read: () => Promise.resolve('') },
  })
  return { code, out, notes }
}

describe('models probe', () => {
  test('bias: what a model does to one attribute is proven, and in the others nothing is', async () => {
    const { code, out } = await run('bias --model priced --pairs 20 --answers said.jsonl --json')
    const report = JSON.parse(out) as { readonly attributes: readonly Readonly<Record<string, unknown>>[] }
    expect([code, report]).toMatchObject([
      0,
      { probe: 'bias', model: 'priced', toy: false, calls: 240, answered_before: 0, cut: 0 },
    ])
    expect(
      report.attributes.map(({ attribute, verdict }) => `${String(attribute)} ${String(verdict)}`),
    ).toEqual([
      'gender open',
      'religion open',
      'caste differs',
      'nationality open',
      'age open',
      'disability open',
    ])
    const said = readFileSync(join(folder, 'said.jsonl'), 'utf8').trim().split('\n')
    expect(said).toHaveLength(240)
    expect(JSON.parse(said[0] ?? '')).toMatchObject({ attribute: 'gender', side: 'a', answer: '4' })
  })

  test('what was answered before is not paid for again, and the page names the contrasts that are proven', async () => {
    const before = server.keys.length
    const { out } = await run('bias --model priced --pairs 20')
    expect(server.keys.length).toBe(before)
    expect(out).toMatch(/^caste +20 +20 +20 +−/m)
    expect(out).toContain('caste, by contrast (for reading, not for proof):')
    expect(out).not.toContain('age, by contrast')
    expect(out).toContain('240 questions, 240 answered before, nothing paid.')
  })

  test('languages: English beside the others, with the toy said to be one', async () => {
    const { out } = await run('languages --model toy --languages en,hi --max-cost 5')
    expect(out).toMatch(/^toy is a toy: what follows shows the command and says nothing else\.\n/)
    expect(out).toMatch(/^English +30 +3\.3 +\[/m)
    expect(out).toMatch(/^Hindi +30 +0\.0 +\[.*open$/m)
    expect(out).toMatch(/60 questions, 0 answered before, \$0\.\d+ paid\./)
  })

  test('a dry run says what it may cost and asks nothing', async () => {
    const before = server.keys.length
    const { out } = await run('languages --model priced --dry-run --json')
    const { most_cost_usd, ...rest } = JSON.parse(out) as Readonly<Record<string, unknown>>
    expect(rest).toEqual({ probe: 'languages', model: 'priced', calls: 120 })
    // 200 tokens of answer at a thousandth of a dollar, 120 times, and the prompts.
    expect(Number(most_cost_usd)).toBeGreaterThan(24)
    expect(server.keys.length).toBe(before)
  })

  test('a ceiling ends it before it is passed, and what was answered is kept', async () => {
    await expect(run('languages --model priced --languages mr --max-cost 0.3')).rejects.toMatchObject({
      code: 'budget.exhausted',
    })
  })

  test('what a policy forbids is not asked, and the reason is said', async () => {
    const before = server.keys.length
    await expect(run('languages --model priced --languages ar --config offline.yaml')).rejects.toThrow(
      /^the first 5 questions all failed \(policy\.\w+\): Every candidate was removed/,
    )
    expect(server.keys.length).toBe(before)
  })

  test.each([
    ['bias --model priced', true, /720 calls would cost at most about \$\d+\.\d\d; say --yes/],
    ['bias --model unknown', true, /an amount nobody knows, because the model has no price; say --yes/],
    ['bias --model unknown --max-cost 1', false, /--max-cost cannot be kept/],
    ['bias', false, /needs --model NAME/],
    ['--model priced', false, /expected bias or languages$/],
    ['taste --model priced', false, /expected bias or languages, not "taste"/],
    ['bias --model priced --attributes hair', false, /--attributes: "hair" is none of gender, religion/],
    [
      'bias --model priced --languages en',
      false,
      /--languages is an option of `musivum models probe languages` only/,
    ],
    ['languages --model priced --pairs 3', false, /--pairs is an option of `musivum models probe bias` only/],
  ])('%s is refused in one line', async (line, interactive, expected) => {
    await expect(run(line, interactive)).rejects.toThrow(expected)
  })
})
