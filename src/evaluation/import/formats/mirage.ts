import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { invalid } from '../../../core/errors.ts'
import type { Where } from '../../../evidence/outcome.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { jsonParts } from '../json-parts.ts'
import { parseLenientJson } from '../parse-lenient-json.ts'
import type { Head } from '../read-head.ts'
import { nameIn, objectIn, present, textIn } from '../row-fields.ts'
import { whereNamed } from '../source-rows.ts'

/**
 * MIRAGE-style folders: `benchmark.json` (`{dataset: {id: {"question", "options": {"A": …}, "answer": "B"}}}`) and
 * `prediction/<dataset>/<model, several folders deep>/<split>_<id>.json`, each a list of what the model said. A dataset
 * is a task. The benchmark's own script counts an answer without a letter as "A"; here it is no answer.
 */
export const mirage: Importer = {
  name: 'mirage',
  about: 'a folder with benchmark.json and prediction/<dataset>/<model>/…/test_<id>.json',
  detect: isBenchmark,
  detectFolder: (files) => files.some((file) => basename(file) === BENCHMARK),
  namesModels: () => true,
  rows,
}

const BENCHMARK = 'benchmark.json'

/** Only below the first name: rows of other formats may have a question with options somewhere inside. */
function isBenchmark({ keys }: Head): boolean {
  const [dataset = ''] = keys
  return Array.from(keys).some(
    (key) =>
      key.startsWith(`${dataset}/`) &&
      /^\/[^/]+\/[^/]+\/question$/.test(key) &&
      keys.has(key.replace(/question$/, 'options')),
  )
}

async function* rows(source: Source): AsyncGenerator<ImportedRow> {
  const benchmark = source.files.find((file) => source.files.length === 1 || basename(file) === BENCHMARK)
  if (benchmark === undefined)
    throw invalid(`${source.path}: there is no ${BENCHMARK}; without it nothing can be scored`)
  const questions = new Questions()
  yield* questionRows(benchmark, source, questions)
  const others = source.files.filter((file) => file !== benchmark)
  for (const [number, file] of others.entries()) yield await predictionRow(file, number, source, questions)
}

type Question = { readonly gold: string; readonly letters: string }

class Questions {
  readonly #byDataset = new Map<string, Map<string, Question>>()

  add(dataset: string, id: string, question: Question): void {
    const all = this.#byDataset.get(dataset) ?? new Map<string, Question>()
    this.#byDataset.set(dataset, all.set(id, question))
  }

  isDataset(name: string): boolean {
    return this.#byDataset.has(name)
  }

  find(dataset: string, id: string): Question | undefined {
    return this.#byDataset.get(dataset)?.get(id)
  }
}

async function* questionRows(
  file: string,
  source: Source,
  questions: Questions,
): AsyncGenerator<ImportedRow> {
  for await (const { path, value } of jsonParts(file, source.world, [{ at: '/*/*' }])) {
    const [dataset = '', id = ''] = path
    const where = whereNamed(file, path)
    const { question, options, answer } = objectIn(value)
    const letters = Object.keys(objectIn(options)).toSorted()
    if (typeof question !== 'string' || typeof answer !== 'string' || !areLetters(letters, answer)) {
      yield { kind: 'wrong', where, fault: NOT_WHOLE }
      continue
    }
    questions.add(dataset, id, { gold: answer, letters: letters.join('') })
    const texts = letters.map((letter) => textIn(objectIn(options)[letter]) ?? '')
    const item = { task: source.task ?? dataset, item: id, prompt: question, gold: answer, options: texts }
    yield { kind: 'read', where, item }
  }
}

const NOT_WHOLE = 'the question is not whole; expected {"question", "options": {"A": …}, "answer": "A"}'

function areLetters(letters: readonly string[], answer: string): boolean {
  return letters.includes(answer) && letters.every((letter) => /^[A-Z]$/.test(letter))
}

async function predictionRow(
  file: string,
  number: number,
  source: Source,
  questions: Questions,
): Promise<ImportedRow> {
  const place = placeOf(file, source, questions)
  if (place === undefined) return { kind: 'skipped', reason: 'files that are no prediction of a dataset' }
  const where: Where = { file, line: 1 }
  const question = questions.find(place.dataset, place.id)
  if (question === undefined)
    return {
      kind: 'wrong',
      where,
      fault: `${BENCHMARK} has no question of this name; expected one of ${place.dataset}`,
    }
  const said = await saidIn(file, source)
  if (typeof said === 'string') return { kind: 'wrong', where, fault: said }
  const { dataset, id, model } = place
  const task = source.task ?? dataset
  const outcomes = said.map((text, sample) => {
    const answer = letterIn(text, question.letters)
    const score = Number(answer === question.gold)
    return present({
      task,
      item: id,
      model,
      score,
      answer,
      chars: text.length,
      sample: sample > 0 ? sample : undefined,
    })
  })
  // One folder for all answers of a model: a table numbers its files with 16 bits, and there is one file per answer.
  return { kind: 'read', where: { file: dirname(file), line: number + 1 }, outcomes }
}

type Prediction = { readonly dataset: string; readonly model: string; readonly id: string }

function placeOf(file: string, source: Source, questions: Questions): Prediction | undefined {
  const folders = relative(source.path, dirname(file)).split(/[\\/]/)
  const at = folders.findIndex((name) => questions.isDataset(name))
  const id = /^(?:test|dev|train|validation)_(.+)\.json$/.exec(basename(file))?.[1]
  const model = folders.slice(at + 1).join('/')
  return at === -1 || id === undefined || model === '' ? undefined : { dataset: folders[at] ?? '', model, id }
}

/** Each text is one answer of the model; none at all is an empty one. A text instead of the list says what is wrong. */
async function saidIn(file: string, { world }: Source): Promise<readonly string[] | string> {
  const path = resolve(world.cwd, file)
  if ((await stat(path)).size > MAX_PREDICTION_BYTES)
    return `the file is larger than ${MAX_PREDICTION_BYTES} bytes`
  const text = (await readFile(path, { encoding: 'utf8', signal: world.signal })).replace(/^\uFEFF/, '')
  if (text.trim() === '') return ['']
  const value = parseLenientJson(text)
  if (!isJsonArray(value)) return 'the file is cut off or no JSON list; expected ["what the model said"]'
  return value.length === 0
    ? ['']
    : value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
}

/** Ten samples of the longest output there is. */
const MAX_PREDICTION_BYTES = 4 * 1024 * 1024

/**
 * The letter of the answer: at the start of `answer_choice` of the JSON the model was asked for, which is often broken,
 * or the last place where it says which option it takes. '' when there is none: "A patient with…" begins with no answer.
 */
export function letterIn(text: string, letters: string): string {
  const one = `([${letters}])(?=\\s*(?:$|[^\\w\\s]|(?:or|and)\\b))`
  const said = new RegExp(`\\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:\\s+is)?\\W{0,5}${one}`, 'g')
  const choice = choiceIn(text)
  if (choice === undefined) return lastMatch(text, said)
  const first = new RegExp(`^\\W*(?:[Oo]ption\\s+)?${one}`).exec(choice)?.[1]
  const small = new RegExp(`^\\W*([${letters.toLowerCase()}])\\W*$`).exec(choice)?.[1]
  return first ?? small?.toUpperCase() ?? lastMatch(choice, said)
}

function choiceIn(text: string): string | undefined {
  const parsed: Json | undefined = parseLenientJson(text)
  const whole = nameIn((isJsonObject(parsed) ? parsed : ({} as JsonObject))['answer_choice'])
  if (whole !== undefined) return whole
  const at = text.lastIndexOf('answer_choice')
  return at === -1 ? undefined : text.slice(at + 'answer_choice'.length).replace(/^["'\s]*:\s*/, '')
}

function lastMatch(text: string, pattern: RegExp): string {
  return Array.from(text.matchAll(pattern)).at(-1)?.[1] ?? ''
}
