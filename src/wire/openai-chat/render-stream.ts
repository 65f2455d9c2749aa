import type { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason, TokenLogprob } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { renderOpenAiError } from '../openai-error.ts'
import { renderOpenAiUsage } from '../openai-usage.ts'
import { chatCompletionId, renderFinishReason } from './answer-words.ts'
import { renderLogprobs } from './render-logprobs.ts'

export type ChatStreamOptions = {
  readonly requestId: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  /** The name the client is told. */
  readonly model: string
  /** The client asked for usage as the last event. */
  readonly includeUsage: boolean
  /** What we know of the answer and OpenAI has no field for; it stands on the first event. */
  readonly musivum?: JsonObject
}

export type ChatStreamRenderer = {
  /** The server-sent events for `event`, '' when there is nothing to send yet. */
  readonly render: (event: AnswerEvent) => string
  /** The last events of a whole answer, `[DONE]` included. */
  readonly end: () => string
  /** The last event of an answer that broke: no `[DONE]` follows, so no client takes it for whole. */
  readonly error: (error: MusivumError) => string
}

/** Answer events as the server-sent events of a chat completion. */
export function createChatStreamRenderer(options: ChatStreamOptions): ChatStreamRenderer {
  const head = headOf(options)
  // OpenAI's clients are told on every event that usage comes later, when they asked for it.
  const tail = options.includeUsage ? ',"usage":null}\n\n' : '}\n\n'
  const begun = new Set<number>()
  let fields = options.musivum === undefined ? '' : member('musivum', options.musivum)
  let usage: Usage | undefined

  function chunk(choices: string, last = tail): string {
    const text = `${head}${fields},"choices":[${choices}]${last}`
    fields = ''
    return text
  }

  /** `delta` holds members without braces; the first event of a choice also says who speaks. */
  function choiceChunk(choice: number, delta: string, reason = 'null', logprobs = 'null'): string {
    const role = begun.has(choice) ? '' : '"role":"assistant"'
    if (role !== '') begun.add(choice)
    const between = role === '' || delta === '' ? '' : ','
    return chunk(
      `{"index":${choice},"delta":{${role}${between}${delta}},"logprobs":${logprobs},"finish_reason":${reason}}`,
    )
  }

  return {
    render(event) {
      switch (event.kind) {
        case 'text-delta':
          return choiceChunk(
            event.choice,
            `"content":${quote(event.text)}`,
            'null',
            logprobsText(event.logprobs),
          )
        case 'reasoning-delta':
          return choiceChunk(event.choice, `"reasoning_content":${quote(event.text)}`)
        case 'refusal-delta':
          return choiceChunk(event.choice, `"refusal":${quote(event.text)}`)
        case 'tool-call-start':
          return choiceChunk(event.choice, toolCallStart(event, begun.has(event.choice)))
        case 'tool-call-delta':
          return choiceChunk(event.choice, toolCallDelta(event.index, event.arguments))
        case 'finish':
          return choiceChunk(
            event.choice,
            begun.has(event.choice) ? '' : '"content":""',
            reasonText(event.reason),
          )
        case 'usage':
          usage = event.usage
          return ''
        case 'extra':
          fields += extraMembers(event.fields)
          return ''
        case 'text-start':
        case 'text-end':
        case 'reasoning-start':
        case 'reasoning-end':
        case 'tool-call-end':
          return ''
        default:
          return event satisfies never
      }
    },
    end() {
      if (options.includeUsage && usage !== undefined)
        return chunk('', `,"usage":${JSON.stringify(renderOpenAiUsage(usage))}}\n\n`) + DONE
      return fields === '' ? DONE : chunk('') + DONE
    },
    error: (error) =>
      `data: ${escapeLineEnds(JSON.stringify(renderOpenAiError(error, options.requestId)))}\n\n`,
  }
}

const DONE = 'data: [DONE]\n\n'

function headOf({ requestId, created, model }: ChatStreamOptions): string {
  const start = { id: chatCompletionId(requestId), object: 'chat.completion.chunk', created, model }
  return `data: ${escapeLineEnds(JSON.stringify(start)).slice(0, -1)}`
}

function member(key: string, value: unknown): string {
  return `,${quote(key)}:${escapeLineEnds(JSON.stringify(value))}`
}

const OURS: ReadonlySet<string> = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'musivum'])

function extraMembers(extra: JsonObject): string {
  return Object.keys(extra)
    .filter((key) => !OURS.has(key))
    .map((key) => member(key, extra[key]))
    .join('')
}

type ToolCallStart = Extract<AnswerEvent, { readonly kind: 'tool-call-start' }>

function toolCallStart({ index, id, name }: ToolCallStart, begun: boolean): string {
  // OpenAI says so only where no text came before.
  const content = begun ? '' : '"content":null,'
  const called = `{"name":${quote(name)},"arguments":""}`
  return `${content}"tool_calls":[{"index":${index},"id":${quote(id)},"type":"function","function":${called}}]`
}

function toolCallDelta(index: number, text: string): string {
  return `"tool_calls":[{"index":${index},"function":{"arguments":${quote(text)}}}]`
}

function reasonText(reason: FinishReason): string {
  return `"${renderFinishReason(reason)}"`
}

function logprobsText(logprobs: readonly TokenLogprob[] | undefined): string {
  return logprobs === undefined ? 'null' : escapeLineEnds(JSON.stringify(renderLogprobs(logprobs)))
}

function quote(text: string): string {
  return escapeLineEnds(JSON.stringify(text))
}

/** JSON may hold these bare, but clients that split lines as Python's `str.splitlines` does would cut an event in two. */
function escapeLineEnds(json: string): string {
  return LINE_ENDS.test(json) ? json.replaceAll(EACH_LINE_END, escapeOne) : json
}

const LINE_ENDS = /[\u0085\u2028\u2029]/
const EACH_LINE_END = /[\u0085\u2028\u2029]/g

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
