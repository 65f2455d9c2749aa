import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../gateway/system-ports.ts'
import type { DiffGroup, PolicyDiff } from '../policy/analysis/policy-diff.ts'
import type { RulePolicy } from '../policy/rule-policy.ts'
import { loggedRequests } from '../store/logged-requests.ts'
import type { RequestRow } from '../store/store.ts'
import { momentMs, shownMoment } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { requiredText, textOption, wholeNumberOption } from './parse-arguments.ts'
import { openPolicy } from './policy-options.ts'
import { replayLog, type Obstacle, type Replay, type ReplaySettings } from './policy-replay-log.ts'
import { openConfiguredWorld } from './policy-world.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const policyReplay: Command = {
  name: 'policy replay',
  summary: 'Say what another policy would have made of the requests in the log.',
  options: [
    { name: 'policy', value: 'FILE', about: 'The changed policy: a preset or a file of rules.' },
    {
      name: 'against',
      value: 'FILE',
      about: 'What it is compared with, unless given the policy that the configuration names.',
    },
    { name: 'last', value: 'N', about: 'The newest N decisions of the log; 1000 unless given.' },
    { name: 'since', value: 'WHEN', about: 'Only since a day, a moment, or a span before now (7d).' },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum policy replay --policy ./new.yaml',
      about: 'exit code 1 when a request that is answered now would be refused',
    },
    {
      line: 'musivum policy replay --policy hospital --against ./rules.yaml --last 100000 --since 7d --json',
      about: 'a preset against a file, over a week, for a script',
    },
  ],
  run,
}

const USUAL_LAST = 1000
// All that a log keeps unless it is told otherwise.
const MAX_LAST = 1_000_000

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const settings = await settingsOf(args, terminal)
  const { home } = gatewaySettings(args, terminal)
  const replay = await replayLog(paced(loggedRequests(home), terminal), settings)
  if (replay.decisions > 0 && replay.judged === 0)
    terminal.note('no decision of the log could be judged again, so this says nothing', 'yellow')
  writeReport(args, terminal, {
    json: () => documentOf(replay, settings),
    text: () => sentences(replay, settings),
  })
  return replay.diff.refused > 0 ? EXIT.negative : EXIT.ok
}

// About 60 ms of reading and judging: often enough for a progress line and for Ctrl-C, which nothing hears before.
const ROWS_AT_ONCE = 1_000

async function* paced(
  rows: Iterable<RequestRow>,
  { progress, signal }: Terminal,
): AsyncGenerator<RequestRow> {
  let read = 0
  for (const row of rows) {
    yield row
    read += 1
    if (read % ROWS_AT_ONCE > 0) continue
    progress?.(`${read} requests of the log read`)
    await setImmediate()
    signal.throwIfAborted()
  }
}

async function settingsOf(args: Arguments, terminal: Terminal): Promise<ReplaySettings> {
  const named = requiredText(policyReplay, args, 'policy')
  const last = wholeNumberOption(args, 'last', 1, MAX_LAST) ?? USUAL_LAST
  const since = textOption(args, 'since')
  const sinceMs =
    since === undefined ? null : momentMs('--since', since, { nowMs: systemClock.now(), towards: -1 })
  const { policy: after } = openPolicy(named, terminal)
  const against = textOption(args, 'against')
  const { models, policy } = await openConfiguredWorld(args, terminal)
  const before = against === undefined ? policy : openPolicy(against, terminal).policy
  return { before, after, models, last, sinceMs }
}

function documentOf(replay: Replay, { before, after, last, sinceMs }: ReplaySettings) {
  const { diff, notReplayable, oldestMs } = replay
  return {
    policy: after.name,
    policy_hash: after.hash,
    against: before.name,
    against_hash: before.hash,
    last,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    oldest: oldestMs === null ? null : new Date(oldestMs).toISOString(),
    decisions: replay.decisions,
    judged: replay.judged,
    not_replayable: {
      logged_before: notReplayable.loggedBefore,
      not_looked_into: notReplayable.notLookedInto,
      models_gone: notReplayable.modelsGone,
      no_candidates: notReplayable.noCandidates,
    },
    models_gone: Array.from(replay.gone, ([model, decisions]) => ({ model, decisions })),
    as_logged: replay.asLogged,
    same: diff.same,
    lose_a_model: diff.loses,
    gain_a_model: diff.gains,
    refused: diff.refused,
    allowed: diff.allowed,
    other_obligations: diff.obligations,
    another_model: diff.anotherModel,
    another_order: diff.anotherOrder,
    groups: diff.groups.map(groupJson),
  }
}

function groupJson({ change, model, rule, at, reason, obligation, instead, ...counted }: DiffGroup) {
  const { requests, altogether, examples } = counted
  return {
    change,
    rule,
    at,
    reason,
    model,
    ...(obligation === undefined ? {} : { obligation }),
    ...(instead === undefined ? {} : { instead }),
    requests,
    ...(change === 'loses' ? { refused: altogether } : {}),
    ...(change === 'gains' ? { allowed: altogether } : {}),
    examples,
  }
}

function sentences(replay: Replay, settings: ReplaySettings): string {
  const { before, after } = settings
  if (replay.decisions === 0)
    return 'No decision is in the log for this; --since and --last look further back.'
  return [
    `${counted(replay.decisions, 'decision')} read, back to ${shownMoment(replay.oldestMs ?? 0)} UTC.`,
    ...obstacleLines(replay),
    ...goneLines(replay),
    `${replay.judged} judged under ${shownName(before)} and under ${shownName(after)};`,
    `${replay.asLogged} come out under ${before.name} as they did when they were logged.`,
    '',
    table(sumRows(replay.diff)),
    ...groupLines(replay.diff.groups),
  ].join('\n')
}

function shownName({ name, hash }: RulePolicy): string {
  return `${name} (hash ${hash.slice(0, SHOWN_HASH_CHARS)})`
}

// As decisions show it; the document of --json has the whole.
const SHOWN_HASH_CHARS = 12

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  loggedBefore: 'not replayable: logged before facts were kept, or with more of them than are kept',
  notLookedInto: 'not replayable: no policy was configured then, so nobody had looked into the request',
  modelsGone: 'not replayable: none of its models is configured any more',
  noCandidates: 'not replayable: the key or the client had ruled out every model',
}

function obstacleLines({ notReplayable }: Replay): readonly string[] {
  return (Object.entries(notReplayable) as readonly [Obstacle, number][])
    .filter(([, count]) => count > 0)
    .map(([obstacle, count]) => `  ${count} ${OBSTACLES[obstacle]}`)
}

// As many as a person reads; all of them stand in the document of --json.
const MAX_SHOWN_GONE = 8

function goneLines({ gone }: Replay): readonly string[] {
  if (gone.size === 0) return []
  const shown = [...gone].slice(0, MAX_SHOWN_GONE).map(([model, count]) => `${model} (${count})`)
  const more = gone.size > MAX_SHOWN_GONE ? ` and ${gone.size - MAX_SHOWN_GONE} more` : ''
  return [`  no longer configured, and left out under both policies: ${shown.join(', ')}${more}`]
}

function sumRows(diff: PolicyDiff): readonly (readonly string[])[] {
  const rows: readonly (readonly [string, number])[] = [
    ['the same', diff.same],
    ['would lose a model', diff.loses],
    ['would gain a model', diff.gains],
    ['would be refused altogether', diff.refused],
    ['would be allowed where refused', diff.allowed],
    ['would get other obligations', diff.obligations],
    ['would be answered by another model', diff.anotherModel],
    ['would go on to others in another order', diff.anotherOrder],
  ]
  return rows.map(([what, count]) => [what, String(count)])
}

// One screen; the largest come first.
const MAX_SHOWN_GROUPS = 40

function groupLines(groups: readonly DiffGroup[]): readonly string[] {
  if (groups.length === 0) return []
  const rows = groups
    .slice(0, MAX_SHOWN_GROUPS)
    .map((group) => [
      String(group.requests),
      `${group.model} ${shownChange(group)}`,
      group.rule === null ? 'by what rules prefer' : `${group.at ?? ''} ${group.rule}`.trim(),
      group.examples.join(' '),
    ])
  const more = groups.length - rows.length
  return [
    '',
    table([['REQUESTS', 'CHANGE', 'RULE', 'SUCH AS'], ...rows]),
    ...(more > 0 ? [`and ${more} smaller ones, which --json lists`] : []),
  ]
}

function shownChange({ change, obligation, instead, altogether }: DiffGroup): string {
  switch (change) {
    case 'loses':
      return `removed${altogether === 0 ? '' : `, ${altogether} refused altogether`}`
    case 'gains':
      return `permitted${altogether === 0 ? '' : `, ${altogether} allowed where refused`}`
    case 'adds':
      return `under ${obligation}`
    case 'drops':
      return `no longer under ${obligation}`
    case 'another-model':
      return `gives way to ${instead}`
    case 'another-order':
      return 'is followed by others in another order'
    default:
      return change satisfies never
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
