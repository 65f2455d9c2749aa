import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { CombineMethod } from '../../combine/recorded/combine-recorded.ts'
import type { Where } from '../../evidence/outcome.ts'
import type { World } from '../world.ts'
import { parsePromptTemplate, type PromptTemplate } from './prompt-template.ts'
import { taskProblems } from './task-problems.ts'
import { taskSchema, type TaskFile } from './task-schema.ts'
import { parseYaml, type YamlPlace } from './yaml-place.ts'

/** A task as a task file gives it, with everything it leaves out filled in. */
export type EvidenceTask = {
  /** As the user named it. */
  readonly file: string
  /** Absolute: what the file names is relative to it. */
  readonly folder: string
  readonly sha256: string
  readonly name: string
  /** As they can be opened from the working directory. */
  readonly itemFiles: readonly string[]
  readonly prompt: PromptTemplate
  readonly system: PromptTemplate | undefined
  readonly scorer: Json
  readonly reference: string
  readonly candidates: readonly string[]
  readonly margin: number
  readonly confidence: number
  readonly samples: number
  /** Of the order of calls and of everything drawn in the statistics. */
  readonly seed: number
  readonly sampling: TaskSampling
  readonly limits: TaskLimits
  readonly combine: readonly TaskCombination[]
  /** `task.yaml:12:3`, where this key stands. */
  readonly where: (...path: readonly PropertyKey[]) => string
  /** The line of the `scorer`, for what is found out about it later. */
  readonly scorerWhere: Where
  /** `task.yaml:14`, the line of a template on which this index of its text lies. */
  readonly whereInText: (key: 'prompt' | 'system', index: number) => string
}

export type TaskSampling = {
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
}

export type TaskLimits = {
  readonly concurrency: number
  readonly concurrencyPerModel: number
  readonly requestsPerMinute: number | undefined
  readonly attempts: number
  readonly timeoutMs: number
  readonly scorerTimeoutMs: number
  readonly maxCostUsd: number | undefined
}

export type TaskCombination = {
  readonly method: CombineMethod
  readonly members: readonly string[]
  readonly escalate?: string
}

/**
 * Reads and checks a task file.
 *
 * @throws MusivumError `request.invalid` with `file:line:column: what was wrong; what was expected`
 */
export async function readTask(file: string, world: Pick<World, 'cwd' | 'note'>): Promise<EvidenceTask> {
  const source = await readText(file, world.cwd)
  const place = parseYaml(source)
  const parsed = checked(file, place, world)
  checkModels(parsed, file, place)
  const folder = dirname(resolve(world.cwd, file))
  return {
    ...filledIn(parsed),
    file,
    folder,
    sha256: createHash('sha256').update(source).digest('hex'),
    itemFiles: [parsed.items].flat().map((each) => join(dirname(file), each)),
    scorerWhere: { file, line: place.lineInText(['scorer'], 0) },
    where: (...path) => `${file}:${place.showPath(path)}`,
    whereInText: (key, index) => `${file}:${place.lineInText([key], index)}`,
  }
}

function filledIn(parsed: TaskFile) {
  const { task, prompt = '{{prompt}}', system, samples = 1, confidence = 0.95, seed = 1 } = parsed
  const { scorer, reference, candidates, margin } = parsed
  return {
    name: task,
    prompt: parsePromptTemplate(prompt),
    system: system === undefined ? undefined : parsePromptTemplate(system),
    scorer,
    reference,
    candidates,
    margin,
    confidence,
    samples,
    seed,
    sampling: samplingOf(parsed.sampling ?? {}, samples),
    limits: limitsOf(parsed.limits ?? {}),
    combine: parsed.combine ?? [],
  }
}

/** One answer per item is the likeliest one; several would all be the same at temperature 0, so there the server decides. */
function samplingOf(given: NonNullable<TaskFile['sampling']>, samples: number): TaskSampling {
  const { max_tokens: maxTokens, seed } = given
  const temperature = given.temperature === undefined && samples === 1 ? 0 : given.temperature
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(seed !== undefined && { seed }),
  }
}

function limitsOf(given: NonNullable<TaskFile['limits']>): TaskLimits {
  const { concurrency = 8 } = given
  return {
    concurrency,
    concurrencyPerModel: Math.min(concurrency, given.concurrency_per_model ?? 4),
    requestsPerMinute: given.requests_per_minute,
    attempts: given.attempts ?? 4,
    // The first call of a large model waits until its weights are loaded.
    timeoutMs: 1_000 * (given.timeout_s ?? 300),
    scorerTimeoutMs: 1_000 * (given.scorer_timeout_s ?? 300),
    maxCostUsd: given.max_cost_usd,
  }
}

function checked(file: string, place: YamlPlace, world: Pick<World, 'note'>): TaskFile {
  const { document } = place
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined)
    throw invalid(`${file}:${place.showOffset(fault.pos[0])}: ${fault.message.replace(/\.$/, '')}`)
  const result = taskSchema.safeParse(valueOf(file, place))
  if (result.success) return result.data
  const problems = taskProblems(result.error.issues, place).map((problem) => `${file}:${problem}`)
  const [first = `${file}: expected a task`, ...more] = problems
  for (const problem of more.slice(0, MAX_NOTES)) world.note(problem)
  throw invalid(first)
}

const MAX_NOTES = 5
const MAX_ALIASES = 100

function valueOf(file: string, { document }: YamlPlace): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}
  } catch (thrown) {
    // An alias without its anchor, and aliases of aliases: the library says both with a ReferenceError.
    if (!(thrown instanceof ReferenceError)) throw thrown
    throw invalid(`${file}:1: an alias (\`*…\`) without its anchor, or too many of them`)
  }
}

/** Names that are given twice or point at nothing would otherwise be found after the calls were paid for. */
function checkModels(
  { reference, candidates, combine = [] }: TaskFile,
  file: string,
  place: YamlPlace,
): void {
  const at = (path: readonly PropertyKey[], fault: string) =>
    invalid(`${file}:${place.showPath(path)}: ${path.join('.')}: ${fault}`)
  for (const [index, candidate] of candidates.entries()) {
    const path = ['candidates', index]
    if (candidate === reference) throw at(path, 'is the reference; expected another model')
    if (candidates.indexOf(candidate) !== index) throw at(path, 'is named twice; expected each model once')
  }
  const known = new Set([reference, ...candidates])
  for (const [index, { members, escalate, method }] of combine.entries()) {
    const stranger = [...members, ...(escalate === undefined ? [] : [escalate])].find(
      (each) => !known.has(each),
    )
    if (stranger !== undefined)
      throw at(['combine', index], `names "${stranger}"; expected the reference or a candidate of this task`)
    if (new Set(members).size < members.length)
      throw at(['combine', index, 'members'], 'a member is named twice')
    if (method === 'cascade' && escalate === undefined)
      throw at(['combine', index], 'a cascade needs `escalate`, which answers when the members do not agree')
  }
}

/** A task is a page of text; a megabyte is somebody's items file given by mistake. */
const MAX_TASK_BYTES = 1024 * 1024

async function readText(file: string, cwd: string): Promise<string> {
  const bytes = await readBytes(file, cwd)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MusivumError(
      'request.invalid',
      `${file}: is not UTF-8; expected a task file in YAML`,
      {},
      { cause },
    )
  }
}

async function readBytes(file: string, cwd: string): Promise<Uint8Array> {
  const handle = await open(resolve(cwd, file)).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const fault = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${String(code)})`
    throw new MusivumError(
      'request.invalid',
      `${file}: ${fault}; expected a task file in YAML`,
      {},
      { cause },
    )
  })
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw invalid(`${file}: is no regular file; expected a task file in YAML`)
    if (stats.size > MAX_TASK_BYTES)
      throw invalid(
        `${file}: has ${stats.size} bytes, at most ${MAX_TASK_BYTES} are read; expected a task file in YAML`,
      )
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
