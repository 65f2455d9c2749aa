import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { folder, run, save } = commandLine()
const at = '2026-11-22T03:00:00Z'
const usage = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } }
const call = { seller: 'openai', model: 'gpt-5.4', usage, at }

function linesOf(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

describe('musivum cost', () => {
  test('--json writes one object for each line, in their order, and nothing else', async () => {
    const unknown = { ...call, model: 'gpt-7', usage: { prompt_tokens: 5, completion_tokens: 0 } }
    save('calls.jsonl', [call, unknown, { ...call, usage: null }])
    const { code, out, err } = await run('cost --usage calls.jsonl --json')
    expect([code, err]).toEqual([0, ''])
    expect(linesOf(out)).toEqual([
      {
        buckets: { in_uncached: 600, in_cache_read: 400, out_text: 100 },
        lines: [
          {
            bucket: 'in_uncached',
            tokens: 600,
            price_row: 'openai/gpt-5.4/in_uncached@2026-11-22',
            nano_usd: 1_500_000,
          },
          {
            bucket: 'in_cache_read',
            tokens: 400,
            price_row: 'openai/gpt-5.4/in_cache_read@2026-11-22',
            nano_usd: 100_000,
          },
          {
            bucket: 'out_text',
            tokens: 100,
            price_row: 'openai/gpt-5.4/out_text@2026-11-22',
            nano_usd: 1_500_000,
          },
        ],
        nano_usd: 3_100_000,
        status: 'priced',
      },
      {
        buckets: { in_uncached: 5, out_text: 0 },
        lines: [{ bucket: 'in_uncached', tokens: 5, price_row: null, nano_usd: null }],
        nano_usd: null,
        status: 'unpriced',
        because: 'no price is known of "gpt-7" sold by openai',
      },
      {
        buckets: {},
        lines: [],
        nano_usd: null,
        status: 'unpriced',
        because: 'the vendor counted nothing; streams of OpenAI do with stream_options.include_usage',
      },
    ])
  })

  test('says the bill of a reseller beside what we compute', async () => {
    save('routed.jsonl', [
      { ...call, seller: 'openrouter', model: 'openai/gpt-5.4', usage: { ...usage, cost: 0.0031 } },
    ])
    const { out } = await run('cost --usage routed.jsonl --json')
    expect(linesOf(out)).toMatchObject([
      { nano_usd: 3_100_000, status: 'priced', reported_nano_usd: 3_100_000, computed_nano_usd: 3_100_000 },
    ])
  })

  test('without --json it is a table with a sum, and what has no price is counted apart', async () => {
    save('calls.jsonl.gz', [call, call, { ...call, seller: 'nobody', model: 'x' }])
    const { code, out } = await run('cost --usage calls.jsonl.gz')
    expect(code).toBe(0)
    expect(out).toMatch(/^openai +gpt-5\.4 +2 +2000 +200 +0\.0062 +0 +0$/m)
    expect(out).toMatch(/^nobody +x +1 +1000 +100 +unknown +1 +0$/m)
    expect(out).toMatch(/^all +3 +3000 +300 +0\.0062 +1 +0$/m)
    expect(out).toContain('1 call without a price, in no sum.')
  })

  test('gzip is known by its content, and a byte order mark and empty lines are no calls', async () => {
    const text = `\uFEFF${JSON.stringify(call)}\n\n${JSON.stringify(call)}`
    writeFileSync(join(folder, 'plain'), gzipSync(text))
    expect(linesOf((await run('cost --usage plain --json')).out)).toHaveLength(2)
  })

  test.each<readonly [string, object | string, string]>([
    [
      'a line that is cut off',
      '{"seller":"openai"',
      'the line is cut off or not JSON; expected one call per line',
    ],
    ['a list', '[]', 'the line holds no JSON object; expected one call per line'],
    ['no seller', { ...call, seller: '' }, '"seller" is empty; expected the name of a seller'],
    ['no model', { ...call, model: 7 }, '"model" is 7; expected the name of a model'],
    [
      'no usage',
      { seller: 'openai', model: 'm', at },
      '"usage" is missing; expected the usage object of the vendor, or null',
    ],
    [
      'a time without a zone',
      { ...call, at: '2026-11-22T03:00:00' },
      '"at" is another text; expected an instant such as 2026-11-22T03:00:00Z',
    ],
    [
      'a day that is none',
      { ...call, at: '2026-13-45T03:00:00Z' },
      '"at" is another text; expected an instant such as 2026-11-22T03:00:00Z',
    ],
    ['a switch that is a text', { ...call, batch: 'yes' }, '"batch" is another text; expected true or false'],
    ['a tier that is a number', { ...call, tier: 1 }, '"tier" is 1; expected a text'],
    [
      'a negative count',
      { ...call, usage: { prompt_tokens: -5, completion_tokens: 1 } },
      '"usage.prompt_tokens" is -5; expected a whole number from 0 to 1000000000',
    ],
    [
      'half a token',
      { ...call, usage: { prompt_tokens: 5, completion_tokens: 0.5 } },
      '"usage.completion_tokens" is 0.5; expected a whole number from 0 to 1000000000',
    ],
    [
      'more tokens than there are',
      { ...call, usage: { prompt_tokens: 1e18, completion_tokens: 1 } },
      '"usage.prompt_tokens" is 1000000000000000000; expected a whole number from 0 to 1000000000',
    ],
  ])('%s is one line with its place, and exit code 2', async (_, row, fault) => {
    const line = typeof row === 'string' ? row : JSON.stringify(row)
    writeFileSync(join(folder, 'bad.jsonl'), `${JSON.stringify(call)}\n${line}\n`)
    const { code, err } = await run('cost --usage bad.jsonl')
    expect([code, err]).toEqual([2, `musivum: bad.jsonl:2: ${fault}\n`])
  })

  test('a file that is not there, and no file named', async () => {
    expect((await run('cost --usage absent.jsonl')).err).toContain('absent.jsonl: there is no such file')
    expect((await run('cost')).err).toContain('cost needs --usage FILE')
  })
})

describe('docs/prices.md', () => {
  const text = readFileSync(new URL('../../docs/prices.md', import.meta.url), 'utf8')
  const fenced = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(text)?.[1] ?? ''

  test('its command prints what it shows', async () => {
    writeFileSync(join(folder, 'usage.jsonl'), fenced('jsonl'))
    const [, line = ''] = /^musivum (cost .*)$/m.exec(fenced('sh')) ?? []
    const { code, out } = await run(line)
    expect([code, out]).toEqual([0, fenced('text')])
  })
})
