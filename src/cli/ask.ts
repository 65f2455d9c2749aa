import { invalid, MusivumError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { nearestNames } from '../core/nearest.ts'
import type { ModelView } from '../gateway/admin/contract.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { askGateway, type Answer } from './gateway-client.ts'
import { startOwnGateway } from './own-gateway.ts'
import { hasSwitch, numberOption, textOption, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const ask: Command = {
  name: 'ask',
  summary: 'Ask a model through the pipeline of the gateway.',
  operand: '[TEXT]',
  options: [
    {
      name: 'model',
      value: 'NAME',
      about: 'Default: the first model that is configured or found on this machine, else starter-l (a toy).',
    },
    { name: 'system', value: 'TEXT', about: 'A system message before the question.' },
    { name: 'max-tokens', value: 'N', about: 'The most tokens of the answer.' },
    { name: 'temperature', value: 'T', about: 'From 0 (always the likeliest) to 2.' },
    { name: 'seed', value: 'N', about: 'The same seed gives the same answer, where the engine can.' },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: "musivum ask 'Triage: where do I go for a urine test?' --model starter-l",
      about: 'a question the toy can do',
    },
    {
      line: 'git diff | musivum ask "Summarise this change." --model qwen',
      about: 'standard input comes after the text',
    },
    { line: 'musivum ask - --max-tokens 100 < question.txt', about: 'the question from a file' },
    {
      line: 'musivum ask "Add: 340 + 27" --temperature 0 --json',
      about: 'one JSON document with text, tokens, cost and time',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const settings = gatewaySettings(args, terminal)
  const sampling = samplingOf(args)
  const messages = messagesOf(args, await promptOf(args, terminal))
  const gateway = await startOwnGateway(settings, (line) => terminal.note(line, 'dim'))
  try {
    const model = chooseModel(gateway.models, textOption(args, 'model'))
    if (model.engine === 'llama') await ensureEngine({ home: settings.home, install: true }, terminal)
    const screen = screenFor(args, terminal)
    const body = { model: model.name, messages, ...sampling }
    const { url, key } = gateway
    const answer = await askGateway(url, body, { key, signal: terminal.signal, onText: screen.text })
    screen.end(answer)
    return EXIT.ok
  } finally {
    await gateway.close(0)
  }
}

async function promptOf({ operands }: Arguments, terminal: Terminal): Promise<string> {
  const text = operands.filter((operand) => operand !== '-').join(' ')
  const fromInput = await inputFor(text, operands.includes('-'), terminal)
  const prompt = [text, fromInput.trimEnd()].filter((part) => part !== '').join('\n\n')
  if (prompt.trim() === '') throw invalid('ask needs a question: musivum ask TEXT, or pipe it in')
  return prompt
}

/** Standard input, when it is meant: asked for with `-`, the only source, or piped in beside the text. */
async function inputFor(text: string, asked: boolean, { input }: Terminal): Promise<string> {
  const meant = asked || (text === '' ? input.kind !== 'typed' : input.kind === 'piped')
  return meant ? input.read() : ''
}

function messagesOf(args: Arguments, prompt: string): readonly JsonObject[] {
  const system = textOption(args, 'system')
  return [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ]
}

function samplingOf(args: Arguments): JsonObject {
  const maxTokens = wholeNumberOption(args, 'max-tokens', 1, 10_000_000)
  const temperature = numberOption(args, 'temperature', 0, 2)
  const seed = wholeNumberOption(args, 'seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
  }
}

/** A real model before a toy, and none that is known not to answer, unless it was asked for by name. */
export function chooseModel(models: readonly ModelView[], asked: string | undefined): ModelView {
  if (asked !== undefined) return models.find(({ name }) => name === asked) ?? unknownModel(models, asked)
  const usable = models.filter(({ state }) => state !== 'unavailable')
  const chosen =
    usable.find(({ toy, origin }) => !toy && origin !== 'starter') ??
    usable.find(({ name }) => name === 'starter-l') ??
    usable[0]
  if (chosen === undefined)
    throw new MusivumError('model.not_found', 'no model can answer; `musivum doctor` says why')
  return chosen
}

function unknownModel(models: readonly ModelView[], asked: string): never {
  const nearest = nearestNames(
    asked,
    models.map(({ name }) => name),
  )
  const hint =
    nearest.length > 0 ? `did you mean ${nearest.join(' or ')}?` : '`musivum models list` lists the names'
  throw new MusivumError('model.not_found', `no model is called "${asked.slice(0, 80)}"; ${hint}`)
}

/** What becomes of the answer: shown as it comes, or one document at the end. */
type Screen = { readonly text: (text: string) => void; readonly end: (answer: Answer) => void }

function screenFor(args: Arguments, terminal: Terminal): Screen {
  if (hasSwitch(args, 'json')) {
    return {
      text: () => undefined,
      end: (answer) => terminal.write(`${JSON.stringify(documentOf(answer))}\n`),
    }
  }
  return {
    text: (text) => terminal.write(terminal.interactive ? withoutControls(text) : text),
    end(answer) {
      if (!answer.text.endsWith('\n')) terminal.write('\n')
      terminal.note(summaryOf(answer), 'dim')
      if (answer.toy) terminal.note(TOY_LINE, 'yellow')
    },
  }
}

const TOY_LINE =
  'a toy answered: its weights show the machinery and know seven narrow tasks; do not rely on it'

function documentOf(answer: Answer): JsonObject {
  const { model, text, finishReason, usage, cost, requestId, decisionId, toy, durationMs, firstTextMs } =
    answer
  return {
    model,
    text,
    finish_reason: finishReason,
    usage: usage === null ? null : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    cost_usd: /^\d/.test(cost) ? Number(cost) : null,
    cost: /^\d/.test(cost) ? 'metered' : cost,
    first_text_ms: firstTextMs === null ? null : Math.round(firstTextMs),
    duration_ms: Math.round(durationMs),
    request_id: requestId,
    decision_id: decisionId,
    ...(toy ? { toy, notice: TOY_LINE } : { toy }),
  }
}

function summaryOf({ model, usage, cost, durationMs, finishReason }: Answer): string {
  const tokens = usage === null ? 'tokens not counted' : `${usage.inputTokens} + ${usage.outputTokens} tokens`
  return [
    model,
    tokens,
    costWords(cost),
    `${(durationMs / 1000).toFixed(2)} s`,
    ...(finishReason === 'length' ? ['cut at the token limit'] : []),
  ].join(' · ')
}

function costWords(cost: string): string {
  if (cost === 'owned') return 'own weights, no bill'
  return /^\d/.test(cost) ? `$${cost.replace(/0+$/, '').replace(/\.$/, '.00')}` : cost
}

/** A model must not move the cursor, rename the window or write to the clipboard of whoever asks it. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '')
}
