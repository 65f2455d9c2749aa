import { statSync } from 'node:fs'
import { join } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import { isUuidV7 } from '../core/ids.ts'
import { totalInputTokens, totalOutputTokens } from '../core/usage.ts'
import { systemClock } from '../gateway/system-ports.ts'
import type { ContentEntry, LoggedContent } from '../store/content-log/content-log.ts'
import type { Decision } from '../routing/decide.ts'
import { openContentLog } from '../store/content-log/open-content-log.ts'
import { readContent } from '../store/content-log/read-content.ts'
import { openLogForReading } from '../store/log-file.ts'
import { logReader } from '../store/log-reader.ts'
import type { RequestRow, RowCost } from '../store/store.ts'
import { onlyOperand } from './account-options.ts'
import { shownMoment } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption, type GatewaySettings } from './gateway-settings.ts'
import { keptPurposeKeys } from './kept-scope-key.ts'
import { hasSwitch } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const requestsShow: Command = {
  name: 'requests show',
  summary: 'Say what the log knows of a request, with its content where a rule obliged to keep it.',
  operand: 'ID',
  options: [
    {
      name: 'content',
      about:
        'Prompt and answer in full, where a rule obliged to log-full. That you read it is written beside it.',
    },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum requests show 01a2079c-ae0c-7000-ae0b-50f8802b5807', about: 'who answered, and why' },
    {
      line: 'musivum requests show 01a2079c-ae0c-7000-ae0b-50f8802b5807 --content --json',
      about: 'what was asked and answered, as one document',
    },
  ],
  run,
}

/** The operator's own hand, as the content log names who has read it. */
const BY = 'the command line'

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(requestsShow, args)
  if (!isUuidV7(id))
    throw invalid('requests show needs the id of a request, as x-musivum-request-id gives it')
  const settings = gatewaySettings(args, terminal)
  const row = findRow(settings.home, id)
  const content = hasSwitch(args, 'content') ? await contentOf(settings, id, terminal) : undefined
  if (row === undefined && content === undefined)
    throw new MusivumError('request.not_found', 'The log has no request with this id (any more).')
  writeReport(args, terminal, {
    json: () => ({ ...(row ?? { id }), ...(content !== undefined && { content }) }),
    text: () => [rowText(id, row), ...(content === undefined ? [] : [contentText(content)])].join('\n\n'),
  })
  return EXIT.ok
}

function findRow(home: string, id: string): RequestRow | undefined {
  const file = join(home, 'data', 'logs.db')
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined
  const database = openLogForReading(file)
  try {
    return logReader(database).find(id) ?? undefined
  } finally {
    database.close()
  }
}

async function contentOf(settings: GatewaySettings, id: string, terminal: Terminal): Promise<LoggedContent> {
  const contentLog = openContentLog({
    home: settings.home,
    key: () => keptPurposeKeys(settings)('content log'),
    // Deleting is the gateway's work, by its own configuration.
    firstKept: () => Promise.resolve(null),
    log: (line) => terminal.note(line, 'yellow'),
  })
  try {
    const found = await readContent(contentLog, id, { by: BY, atMs: systemClock.now() })
    if (found !== undefined) return found
  } finally {
    contentLog.close()
  }
  throw new MusivumError(
    'request.not_found',
    'The content log has nothing of this request (any more): only what a rule obliges to log-full is kept.',
  )
}

function rowText(id: string, row: RequestRow | undefined): string {
  if (row === undefined) return `request ${id}: the log has no row of it (any more)`
  const failed = row.errorCode === null ? '' : ` ${row.errorCode}: ${row.errorMessage ?? ''}`
  return table([
    ['request', id],
    ['at', `${shownMoment(row.atMs)} UTC`],
    ['key', row.key ?? 'none'],
    ['asked for', row.askedModel],
    ['answered by', row.model ?? 'nobody'],
    ['status', `${row.status}${failed}`],
    ['tokens', tokensText(row)],
    ['cost', costText(row.cost)],
    ['why', row.decision?.because ?? 'nothing was decided'],
    ...(row.decision === null ? [] : decisionRows(row.decision)),
  ])
}

function tokensText({ usage }: RequestRow): string {
  if (usage === null) return 'none counted'
  const about = usage.source === 'estimated' ? 'about ' : ''
  return `${about}${totalInputTokens(usage)} read, ${totalOutputTokens(usage)} written`
}

/** To the nano-dollar, or the word of `x-musivum-cost-usd`. */
function costText({ kind, nanoUsd }: RowCost): string {
  return nanoUsd === null ? kind : `$${(nanoUsd / 1e9).toFixed(9)}`
}

/** Which rules decided: a request that nobody answered is asked about for this. */
function decisionRows({ removed, obligations, guards }: Decision): readonly (readonly string[])[] {
  return [
    ...removed.map(({ model, rule, reason }) => ['removed', `${model} by ${rule}: ${reason}`]),
    ...Object.entries(obligations ?? {}).map(([model, duties]) => [
      'duties',
      `${model}: ${duties.join(', ')}`,
    ]),
    ...(guards ?? []).map(({ guard, on, verdict, action }) => [
      'guard',
      `${guard} on ${on}: ${verdict}${action === 'none' ? '' : `, ${action}`}`,
    ]),
  ]
}

function contentText({ entries, whole }: LoggedContent): string {
  const cut = whole ? [] : ['The file ends in the middle of an entry.']
  return [...entries.map(entryText), ...cut].join('\n\n')
}

function entryText(entry: ContentEntry): string {
  const at = `${shownMoment(entry.atMs)} UTC`
  switch (entry.kind) {
    case 'prompt':
      return `${at} to ${entry.model} (${entry.operation})\n${JSON.stringify(entry.content, null, 2)}`
    case 'answer': {
      const how = entry.outcome === 'whole' ? '' : ` (${entry.outcome}, ${entry.errorCode ?? ''})`
      return `${at} from ${entry.model}${how}\n${JSON.stringify(entry.content, null, 2)}`
    }
    case 'read':
      return `${at} read by ${entry.by}`
    default:
      return entry satisfies never
  }
}
