import { relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { invalid, MusivumError, toMusivumError } from '../core/errors.ts'
import { uuidV7Ids } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import { prepareRun, type PreparedRun, type RunRequest } from '../evaluation/run/prepare-run.ts'
import { recordRun, type RecordedRun, type RunFolder } from '../evaluation/run/record-run.ts'
import { readLock } from '../evaluation/run/run-folder.ts'
import { lockDifferences } from '../evaluation/run/run-lock.ts'
import type { RunPorts } from '../evaluation/run/run-ports.ts'
import { packageVersion } from '../gateway/package-files.ts'
import { systemClock, systemRandom } from '../gateway/system-ports.ts'
import type { EvidenceStore } from '../store/evidence/evidence-store.ts'
import { openEvidenceStore } from '../store/evidence/open-evidence-store.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch, numberOption, textOption, wholeNumberOption } from './parse-arguments.ts'
import { openPipeline, type Pipeline } from './pipeline-ask.ts'
import { estimateDocument, runDocument } from './run-document.ts'
import { runScreen } from './run-screen.ts'
import {
  ceilingLine,
  closingLines,
  dollars,
  estimateText,
  interruptedLine,
  planLine,
  verdictText,
} from './run-words.ts'
import type { Terminal } from './terminal.ts'

export const evidenceRun: Command = {
  name: 'evidence run',
  summary: 'Ask the models of a task on all its items and say which are good enough.',
  operand: 'TASK.yaml',
  options: [
    {
      name: 'out',
      value: 'FOLDER',
      about: 'Where the results go; evidence/<task>/ beside the task unless given.',
    },
    {
      name: 'dry-run',
      about: 'Say how many calls, what they may cost and what the items could show; ask nothing.',
    },
    { name: 'max-cost', value: 'USD', about: 'Stop before the calls of this command cost more than this.' },
    { name: 'yes', about: 'Spend what is estimated without being asked.' },
    { name: 'concurrency', value: 'N', about: 'Calls at a time, over all and for each model.' },
    { name: 'limit', value: 'N', about: 'Only the first N items.' },
    { name: 'models', value: 'A,B', about: 'Only these of the candidates; the reference is always run.' },
    {
      name: 'no-cache',
      about: 'Ask again what was answered before; the new answers take the place of the old.',
    },
    { name: 'locked', about: 'Refuse unless task, items, scorer and models are those of run.lock.json.' },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum evidence run triage.yaml --dry-run',
      about: 'what would it cost, and what could it show?',
    },
    {
      line: 'musivum evidence run triage.yaml --max-cost 5',
      about: 'run it, at most five dollars; after Ctrl-C the same command goes on',
    },
    {
      line: 'musivum evidence run triage.yaml --locked --json',
      about: 'the same table from the same models, or one line that says what differs',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const request = requestOf(args)
  const settings = gatewaySettings(args, terminal)
  await using closing = new AsyncDisposableStack()
  const store = openEvidenceStore({ home: settings.home, clock: systemClock })
  closing.defer(() => store.close())
  const pipeline = openPipeline(settings, terminal)
  closing.defer(() => pipeline.close())
  const { ask, findModel } = pipeline
  const prepared = await prepareRun(request, { world: terminal, store, ask, findModel, ports })
  closing.defer(() => prepared.close())
  for (const warning of prepared.warnings) terminal.note(`warning: ${warning}`, 'yellow')
  const folder = folderOf(args, prepared, terminal)
  const lock = await matchingLock(args, prepared, folder)
  if (hasSwitch(args, 'dry-run')) return dryRun(args, prepared, terminal)
  checkMoney(args, prepared, terminal)
  await bringEngine(prepared, pipeline, settings.home, terminal)
  const recorded = await recordOnScreen(prepared, store, folder, terminal)
  return finish(args, recorded, lock, terminal)
}

const systemBytes = systemRandom()

const ports: RunPorts = {
  clock: systemClock,
  random: () => (systemBytes.bytes(1)[0] ?? 0) / 256,
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
}

function requestOf(args: Arguments): RunRequest {
  const [taskFile, more] = args.operands
  if (taskFile === undefined || more !== undefined)
    throw invalid('evidence run needs one task file: musivum evidence run TASK.yaml')
  const models = textOption(args, 'models')
  const limit = wholeNumberOption(args, 'limit', 1, 1_000_000)
  const concurrency = wholeNumberOption(args, 'concurrency', 1, 1_000)
  const maxCostUsd = numberOption(args, 'max-cost', 0, 9_000_000)
  return {
    taskFile,
    fresh: hasSwitch(args, 'no-cache'),
    musivum: packageVersion,
    ...(models !== undefined && { candidates: candidateNames(models) }),
    ...(limit !== undefined && { limit }),
    ...(concurrency !== undefined && { concurrency }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
  }
}

function candidateNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw invalid(`--models: expected names with a comma between, not "${text}"`)
  return [...new Set(names)]
}

function folderOf(args: Arguments, { plan }: PreparedRun, { cwd }: Terminal): RunFolder {
  const out = textOption(args, 'out')
  // A task may be named in any script; what a file system or a shell takes for something else is replaced.
  const name = plan.task.name.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^\.+/, '')
  const path =
    out === undefined ? resolve(plan.task.folder, 'evidence', name === '' ? 'task' : name) : resolve(cwd, out)
  return { path, shown: relative(cwd, path) || '.' }
}

/** The lock that this run was told to match, when it does; undefined when it need not. */
async function matchingLock(
  args: Arguments,
  { lock: now }: PreparedRun,
  { path, shown }: RunFolder,
): Promise<JsonObject | undefined> {
  if (!hasSwitch(args, 'locked')) return undefined
  const lock = await readLock(path, shown)
  if (lock === undefined) throw invalid(`${shown}: holds no run.lock.json; a run without --locked makes one`)
  const [first, ...more] = lockDifferences(lock, now)
  if (first === undefined) return lock
  throw invalid(
    `${shown}/run.lock.json does not fit: ${first}${more.length === 0 ? '' : ` (and ${more.length} more)`}`,
  )
}

function dryRun(args: Arguments, prepared: PreparedRun, terminal: Terminal): number {
  noteOthers(prepared, terminal)
  const { plan, estimate } = prepared
  terminal.write(`${hasSwitch(args, 'json') ? estimateDocument(prepared) : estimateText(plan, estimate)}\n`)
  return EXIT.ok
}

function noteOthers({ items: { others } }: PreparedRun, terminal: Terminal): void {
  if (others === 0) return
  terminal.note(
    `${others === 1 ? '1 row is of another task' : `${others} rows are of other tasks`} and left alone`,
    'dim',
  )
}

/** Somebody who looks at a terminal has not yet said how much this may cost; a script was told by whoever wrote it. */
function checkMoney(args: Arguments, { plan, estimate, unpriced }: PreparedRun, terminal: Terminal): void {
  const decided = plan.task.limits.maxCostUsd !== undefined || hasSwitch(args, 'yes') || !terminal.interactive
  if (decided || (estimate.costNanoUsd === 0 && unpriced.length === 0)) return
  const cost =
    estimate.costNanoUsd === null
      ? `an amount nobody knows, because ${unpriced.join(', ')} has no price`
      : `about ${dollars(estimate.costNanoUsd)}`
  const calls = estimate.calls - estimate.cached
  throw invalid(`${calls} calls would cost ${cost}; say --yes, or set a ceiling with --max-cost USD`)
}

async function bringEngine(
  { estimate, judge }: PreparedRun,
  pipeline: Pipeline,
  home: string,
  terminal: Terminal,
): Promise<void> {
  const asked = estimate.models.filter(({ calls, cached }) => calls > cached).map(({ model }) => model)
  const names = judge === undefined ? asked : [...asked, judge.name]
  if (await pipeline.usesEngine(names)) await ensureEngine({ home, install: true }, terminal)
}

async function recordOnScreen(
  prepared: PreparedRun,
  store: EvidenceStore,
  folder: RunFolder,
  terminal: Terminal,
): Promise<RecordedRun> {
  noteOthers(prepared, terminal)
  terminal.note(planLine(prepared.plan, prepared.estimate), 'dim')
  const screen = runScreen(prepared, terminal, systemClock)
  const ids = uuidV7Ids(systemClock, systemBytes)
  try {
    const { signal } = terminal
    return await recordRun({ prepared, store, folder, ids, signal, onProgress: screen.show })
  } catch (thrown) {
    const error = toMusivumError(thrown)
    const spent = prepared.spending.spent()
    // Whoever paid for a run that ended early wants to know that it is not lost.
    const paid = spent === 0 ? '' : `; ${dollars(spent)} paid, and the answers are kept`
    throw new MusivumError(error.code, `${error.message}${paid}`, error.facts, { cause: error.cause })
  } finally {
    screen.close()
  }
}

function finish(
  args: Arguments,
  recorded: RecordedRun,
  lock: JsonObject | undefined,
  terminal: Terminal,
): number {
  const { result, report, digests } = recorded
  if (result.state === 'interrupted') {
    terminal.note(interruptedLine(recorded), 'yellow')
    return EXIT.interrupted
  }
  const same = lock === undefined ? null : lock['table_sha256'] === digests.tableSha256
  const text = report === null ? 'nothing was answered' : verdictText(report)
  terminal.write(`${hasSwitch(args, 'json') ? runDocument(recorded, same) : text}\n`)
  for (const line of closingLines(recorded)) terminal.note(line)
  if (result.state === 'ceiling') {
    terminal.note(`musivum: ${ceilingLine(recorded)}`, 'red')
    return EXIT.trouble
  }
  if (same !== false) return EXIT.ok
  terminal.note('the table is not the one of the lock: a model answered differently, or a call failed', 'red')
  return EXIT.negative
}
