import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, TokenLogprob } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { MAX_COLLECTED_CHARS } from '../collect-answer.ts'
import { renderOpenAiError } from '../openai-error.ts'
import { quoteJson, writeJson } from '../openai-json-text.ts'
import { renderOpenAiUsage } from '../openai-usage.ts'
import { chatCompletionId, renderFinishReason } from './answer-words.ts'
import { extraContent, signedReasoningDetail } from './carried-signature.ts'
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
  const thoughts = createThoughts()
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
            `"content":${quoteJson(event.text)}`,
            'null',
            logprobsText(event.logprobs),
          )
        case 'reasoning-delta':
          thoughts.add(event.choice, event.text)
          return choiceChunk(event.choice, `"reasoning_content":${quoteJson(event.text)}`)
        case 'reasoning-end': {
          const detail = thoughts.end(event)
          return detail === '' ? '' : choiceChunk(event.choice, detail)
        }
        case 'refusal-delta':
          return choiceChunk(event.choice, `"refusal":${quoteJson(event.text)}`)
        case 'tool-call-start':
          return choiceChunk(event.choice, toolCallStart(event, begun.has(event.choice)))
        case 'tool-call-delta':
          return choiceChunk(event.choice, toolCallDelta(event.index, event.arguments))
        case 'finish':
          return choiceChunk(event.choice, begun.has(event.choice) ? '' : '"content":""', reasonText(event))
        case 'usage':
          usage = event.usage
          return ''
        case 'extra':
          fields += extraMembers(event.fields)
          return ''
        case 'text-start':
        case 'text-end':
        case 'reasoning-start':
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
    error: (error) => `data: ${writeJson(renderOpenAiError(error, options.requestId))}\n\n`,
  }
}

const DONE = 'data: [DONE]\n\n'

function headOf({ requestId, created, model }: ChatStreamOptions): string {
  const start = { id: chatCompletionId(requestId), object: 'chat.completion.chunk', created, model }
  return `data: ${writeJson(start).slice(0, -1)}`
}

function member(key: string, value: unknown): string {
  return `,${quoteJson(key)}:${writeJson(value)}`
}

const OURS: ReadonlySet<string> = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'musivum'])

function extraMembers(extra: JsonObject): string {
  return Object.keys(extra)
    .filter((key) => !OURS.has(key))
    .map((key) => member(key, extra[key]))
    .join('')
}

type EventOf<Kind extends AnswerEvent['kind']> = Extract<AnswerEvent, { readonly kind: Kind }>
type ToolCallStart = EventOf<'tool-call-start'>
type Finish = EventOf<'finish'>

/** The reasoning that is being said, per choice: a signature is only of use beside the whole text it signs. */
function createThoughts() {
  const open = new Map<number, { text: string; blocks: number }>()

  function at(choice: number): { text: string; blocks: number } {
    const thought = open.get(choice) ?? { text: '', blocks: 0 }
    open.set(choice, thought)
    return thought
  }

  return {
    add(choice: number, text: string): void {
      const thought = at(choice)
      thought.text += text
      if (thought.text.length > MAX_COLLECTED_CHARS) throw tooLong()
    },
    /** The member of a delta that carries the signature; '' when there is none. */
    end({ choice, signature }: EventOf<'reasoning-end'>): string {
      const thought = at(choice)
      const { text, blocks } = thought
      thought.text = ''
      thought.blocks += 1
      if (signature === undefined) return ''
      return `"reasoning_details":[${writeJson(signedReasoningDetail(text, signature, blocks))}]`
    },
  }
}

function toolCallStart({ index, id, name, signature }: ToolCallStart, begun: boolean): string {
  // OpenAI says so only where no text came before.
  const content = begun ? '' : '"content":null,'
  const called = `{"name":${quoteJson(name)},"arguments":""}`
  const carried = signature === undefined ? '' : member('extra_content', extraContent(signature))
  return `${content}"tool_calls":[{"index":${index},"id":${quoteJson(id)},"type":"function","function":${called}${carried}}]`
}

function tooLong(): MusivumError {
  return new MusivumError(
    'upstream.bad_answer',
    `its reasoning is over ${MAX_COLLECTED_CHARS} characters long`,
  )
}

function toolCallDelta(index: number, text: string): string {
  return `"tool_calls":[{"index":${index},"function":{"arguments":${quoteJson(text)}}}]`
}

function reasonText({ reason, stopSequence }: Finish): string {
  const said = `"${renderFinishReason(reason)}"`
  return stopSequence === undefined ? said : `${said},"stop_reason":${quoteJson(stopSequence)}`
}

function logprobsText(logprobs: readonly TokenLogprob[] | undefined): string {
  return logprobs === undefined ? 'null' : writeJson(renderLogprobs(logprobs))
}
