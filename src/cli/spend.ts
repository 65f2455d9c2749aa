import { invalid } from '../core/errors.ts'
import type { NanoUsd } from '../core/money.ts'
import { MAX_TOP, spendRange } from '../gateway/admin/spend-range.ts'
import { systemClock } from '../gateway/system-ports.ts'
import type { SpendQuery, SpendSum } from '../store/ledger/ledger.ts'
import { readLedger } from './account-ledger.ts'
import { momentMs, shownMoment } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { choiceOption, hasSwitch, textOption, wholeNumberOption } from './parse-arguments.ts'
import { dollars } from './run-words.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const spend: Command = {
  name: 'spend',
  summary: 'Say what was spent, by day or hour, and on what.',
  options: [
    { name: 'by', value: 'GROUP', about: 'model (unless given), team, project, key, task or nothing.' },
    { name: 'unit', value: 'UNIT', about: 'day (unless given) or hour, of UTC.' },
    {
      name: 'from',
      value: 'WHEN',
      about: 'A day, a moment, or a span before now (7d); 30 days or 48 hours.',
    },
    { name: 'to', value: 'WHEN', about: 'Up to then; now unless given.' },
    {
      name: 'top',
      value: 'N',
      about: 'The N dearest groups of each unit, the rest as one; 10 unless given.',
    },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum spend', about: 'the last 30 days by model' },
    { line: 'musivum spend --by team --from 2026-11-01 --json', about: 'this month for a script' },
    { line: 'musivum spend --by key --unit hour --from 6h', about: 'who it was, just now' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const query = queryOf(args)
  const { home } = gatewaySettings(args, terminal)
  const sums = readLedger(home, (ledger) => ledger.spend(query), [])
  if (hasSwitch(args, 'json')) terminal.write(`${JSON.stringify(documentOf(query, sums))}\n`)
  else terminal.write(`${sums.length === 0 ? nothing(query) : text(query, sums)}\n`)
  return Promise.resolve(EXIT.ok)
}

function queryOf(args: Arguments): Required<SpendQuery> {
  const nowMs = systemClock.now()
  const unit = choiceOption(args, 'unit', ['day', 'hour'])
  const by = choiceOption(args, 'by', ['model', 'team', 'project', 'key', 'task', 'nothing'])
  const top = wholeNumberOption(args, 'top', 1, MAX_TOP)
  const [from, to] = (['from', 'to'] as const).map((name) => {
    const given = textOption(args, name)
    return given === undefined ? undefined : momentMs(`--${name}`, given, { nowMs, towards: -1 })
  })
  if (from !== undefined && from > (to ?? nowMs)) throw invalid('--from is after --to')
  return spendRange(
    {
      ...(unit === undefined ? {} : { unit }),
      ...(by === undefined ? {} : { by }),
      ...(top === undefined ? {} : { top }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
    nowMs,
  )
}

function documentOf({ unit, by, fromMs, toMs }: SpendQuery, sums: readonly SpendSum[]) {
  return {
    unit,
    by,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    nano_usd: total(sums),
    sums: sums.map((sum) => ({
      start: new Date(sum.startMs).toISOString(),
      group: sum.group,
      rest: sum.rest === true,
      requests: sum.requests,
      nano_usd: sum.nanoUsd,
      input_tokens: sum.inputTokens,
      output_tokens: sum.outputTokens,
      unpriced_requests: sum.unpricedRequests,
    })),
  }
}

function nothing({ fromMs, toMs }: SpendQuery): string {
  return `nothing was asked from ${shownMoment(fromMs)} to ${shownMoment(toMs)} UTC; --from looks further back`
}

function text({ unit, by }: SpendQuery, sums: readonly SpendSum[]): string {
  const grouped = by === 'nothing' ? [] : [by.toUpperCase()]
  const head = [unit.toUpperCase(), ...grouped, 'REQUESTS', 'TOKENS IN', 'OUT', 'COST', '']
  const rows = sums.map((sum) => [
    shownMoment(sum.startMs).slice(0, unit === 'day' ? 10 : 16),
    ...(by === 'nothing' ? [] : [groupName(sum)]),
    String(sum.requests),
    String(sum.inputTokens),
    String(sum.outputTokens),
    dollars(sum.nanoUsd),
    sum.unpricedRequests === 0 ? '' : `and ${sum.unpricedRequests} whose cost nobody knows`,
  ])
  return `${table([head, ...rows])}\nIn all: ${dollars(total(sums))}`
}

function groupName({ group, rest }: SpendSum): string {
  if (rest === true) return '(others)'
  return group === '' ? '(none)' : group
}

function total(sums: readonly SpendSum[]): NanoUsd {
  return sums.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0) as NanoUsd
}
