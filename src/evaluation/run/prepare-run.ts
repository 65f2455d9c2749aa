import { setMaxListeners } from 'node:events'
import { invalid, MusivumError, toMusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { fromUsd } from '../../core/money.ts'
import { showWhere } from '../../evidence/outcome.ts'
import type { Scorer } from '../../evidence/scorers/scorer.ts'
import type { EvidenceStore } from '../../store/evidence/evidence-store.ts'
import type { Ask } from '../ask.ts'
import { RowProblems } from '../read/row-problems.ts'
import { openScorer } from '../scorers/open-scorer.ts'
import type { OpenScorer } from '../scorers/scorer-context.ts'
import { readTaskItems, type TaskItems } from '../task/read-task-items.ts'
import { readTask, type EvidenceTask } from '../task/read-task.ts'
import type { World } from '../world.ts'
import { estimateRun, type RunEstimate } from './estimate-run.ts'
import { keptAsk, type KeptAsk } from './kept-ask.ts'
import { patientAsk } from './patient-ask.ts'
import { planRun, type RunPlan } from './plan-run.ts'
import { runEvidence, type RunProgress, type RunResult } from './run-evidence.ts'
import { lockInputs } from './run-lock.ts'
import type { RunModel } from './run-model.ts'
import type { RunPorts } from './run-ports.ts'
import { openSpending, type Spending } from './spending.ts'

export type RunRequest = {
  /** As the user named it. */
  readonly taskFile: string
  /** Only these of the candidates; the reference is always run. */
  readonly candidates?: readonly string[]
  /** Only the first so many items. */
  readonly limit?: number
  /** In place of the task's own. */
  readonly concurrency?: number
  readonly maxCostUsd?: number
  /** Ask again what was answered before. */
  readonly fresh?: boolean
  /** The version of this program, for the lock. */
  readonly musivum: string
}

export type RunSurroundings = {
  readonly world: World
  readonly store: EvidenceStore
  /** The pipeline of the gateway. */
  readonly ask: Ask
  /** A model by the name clients use. Rejects with `model.not_found` and the nearest names, or with why it cannot be asked. */
  readonly findModel: (name: string) => Promise<RunModel>
  readonly ports: RunPorts
}

/** A run that could begin: everything that can be wrong about it without asking a model is known to be right. */
export type PreparedRun = {
  readonly plan: RunPlan
  readonly items: TaskItems
  readonly scorer: Scorer
  /** The model that the scorer asks, if it asks one. */
  readonly judge: RunModel | undefined
  readonly warnings: readonly string[]
  readonly estimate: RunEstimate
  /** Whose cost nobody knows, of those that must be asked. */
  readonly unpriced: readonly string[]
  readonly lock: JsonObject
  readonly spending: Spending
  readonly run: (onProgress?: (progress: RunProgress) => void) => Promise<RunResult>
  readonly close: () => Promise<void>
}

/**
 * Reads a task, its items and its models, and plans the calls. Nothing is asked.
 *
 * Rejects with a MusivumError that names file and line, or the model.
 */
export async function prepareRun(request: RunRequest, around: RunSurroundings): Promise<PreparedRun> {
  const { world, store } = around
  // Calls, retries and scorers all listen for Ctrl-C; Node takes more than ten for a leak.
  setMaxListeners(0, world.signal)
  const task = adjusted(await readTask(request.taskFile, world), request)
  const items = limited(await readTaskItems(task, world), request.limit)
  const models = await findModels(task, around.findModel)
  const { maxCostUsd } = task.limits
  const ceiling = maxCostUsd === undefined ? undefined : fromUsd(maxCostUsd)
  const spending = openSpending(ceiling)
  const ask = askFor(task, request, spending, around)
  const opened = await openTaskScorer(task, ask, around)
  try {
    const { scorer, close } = opened
    const judge = await judgeOf(scorer, task, around.findModel)
    checkItems(items, scorer, world)
    const plan = planRun(task, items.items, models)
    const estimate = estimateRun(plan, { store, fresh: request.fresh === true })
    const unpriced = unpricedOf(estimate, judge)
    if (ceiling !== undefined && unpriced.length > 0) throw noPrice(task, unpriced)
    const { musivum, limit = null } = request
    return {
      plan,
      items,
      scorer,
      judge,
      warnings: [...opened.warnings, ...warningsOf(task, judge)],
      estimate,
      unpriced,
      spending,
      lock: lockInputs({ musivum, plan, files: items.files, scorer, judge, limit }),
      run: (onProgress) =>
        runEvidence({ plan, scorer, ask, signal: world.signal, ...(onProgress && { onProgress }) }),
      close,
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

function adjusted(task: EvidenceTask, request: RunRequest): EvidenceTask {
  const { candidates, concurrency, maxCostUsd } = request
  const stranger = candidates?.find((name) => !task.candidates.includes(name))
  if (stranger !== undefined)
    throw invalid(`"${stranger}" is no candidate of ${task.file}; it names ${task.candidates.join(', ')}`)
  const all = concurrency === undefined ? {} : { concurrency, concurrencyPerModel: concurrency }
  return {
    ...task,
    candidates: candidates ?? task.candidates,
    limits: { ...task.limits, ...all, maxCostUsd: maxCostUsd ?? task.limits.maxCostUsd },
  }
}

function limited(items: TaskItems, limit: number | undefined): TaskItems {
  return limit === undefined ? items : { ...items, items: items.items.slice(0, limit) }
}

async function findModels(
  task: EvidenceTask,
  findModel: RunSurroundings['findModel'],
): Promise<readonly RunModel[]> {
  const found: RunModel[] = []
  for (const name of [task.reference, ...task.candidates])
    found.push(
      await findAt(task.where(name === task.reference ? 'reference' : 'candidates'), name, findModel),
    )
  return found
}

async function findAt(
  where: string,
  name: string,
  findModel: RunSurroundings['findModel'],
): Promise<RunModel> {
  try {
    return await findModel(name)
  } catch (thrown) {
    const { code, message, facts } = toMusivumError(thrown)
    throw new MusivumError(code, `${where}: ${message}`, facts, { cause: thrown })
  }
}

/** A judge that is not there would be found out after the first answers were paid for. */
async function judgeOf(
  { name, settings }: Scorer,
  task: EvidenceTask,
  findModel: RunSurroundings['findModel'],
): Promise<RunModel | undefined> {
  const { model } = settings
  return name === 'judge' && typeof model === 'string'
    ? findAt(task.where('scorer'), model, findModel)
    : undefined
}

function unpricedOf({ models }: RunEstimate, judge: RunModel | undefined): readonly string[] {
  const asked = models.filter(({ price, calls, cached }) => price === 'unpriced' && calls > cached)
  const names = asked.map(({ model }) => model)
  return judge?.price.kind === 'unpriced' ? [...new Set([...names, judge.name])] : names
}

function askFor(
  task: EvidenceTask,
  { fresh = false }: RunRequest,
  spending: Spending,
  { ask, ports, store, world }: RunSurroundings,
): KeptAsk {
  const { attempts } = task.limits
  // Said once for each kind of failure: an outage of a minute would fill the screen.
  const told = new Set<string>()
  const onRetry = (model: string, { code, message }: MusivumError): void => {
    const kind = `${model}: ${code}`
    if (!told.has(kind))
      world.note(
        `${kind}: ${message.replace(/\.$/, '')}; each call is tried up to ${attempts} times`,
        'yellow',
      )
    told.add(kind)
  }
  return keptAsk(store, patientAsk({ ask, limits: task.limits, spending, ports, onRetry }), { fresh })
}

/** What a judge is asked counts and is kept like any other call: a second run pays for no judgement again. */
function openTaskScorer(task: EvidenceTask, ask: KeptAsk, around: RunSurroundings): Promise<OpenScorer> {
  const { candidates, reference } = task
  return openScorer(task.scorer, {
    cwd: around.world.cwd,
    taskFolder: task.folder,
    where: task.scorerWhere,
    sides: { candidates, reference },
    ask: async (call, signal) => ask({ model: await around.findModel(call.model), call, sample: 1 }, signal),
  })
}

function checkItems({ items }: TaskItems, scorer: Scorer, world: World): void {
  const problems = new RowProblems()
  for (const { item, where } of items) {
    const fault = scorer.fault(item)
    if (fault !== undefined) problems.add(`${showWhere(where)}: ${fault}`)
  }
  problems.refuse(items.length, world)
}

function noPrice(task: EvidenceTask, unpriced: readonly string[]): MusivumError {
  const [one] = unpriced
  const names = unpriced.length === 1 ? `${one} has no price` : `${unpriced.join(', ')} have no price`
  return invalid(
    `${task.file}: a ceiling on cost cannot be kept, because ${names} in the configuration; give \`price\`, or leave the ceiling out`,
  )
}

function warningsOf({ samples, sampling }: EvidenceTask, judge: RunModel | undefined): readonly string[] {
  return [
    ...(samples > 1 && sampling.temperature === 0
      ? [`${samples} samples at temperature 0 will mostly be the same answer`]
      : []),
    ...(judge === undefined ? [] : [`what ${judge.name} is asked as judge comes on top of the estimate`]),
  ]
}
