import { z } from 'zod'
import type { Dialect } from '../../src/core/conversation.ts'
import { orderFault } from './message-order.ts'

/**
 * What is wrong with the body of a request, by the rules of the vendor whose protocol it is; undefined when nothing is.
 * Every field that the vendor does not document is a fault: a word of another protocol that leaked through a translation
 * is then seen here and not by a user. Checked against the types of `openai` 7.57.0 and `@anthropic-ai/sdk` 1.12.0.
 */
export function requestFault(dialect: Dialect, body: unknown): string | undefined {
  const checked = SCHEMAS[dialect].safeParse(body)
  if (!checked.success) return checked.error.issues.map(issueText).join('; ')
  // What one vendor signed, wrapped for a client, is of no use to any vendor.
  if (JSON.stringify(body).includes('"mv1.')) return 'a wrapped signature was not unwrapped'
  return orderFault(dialect, body as never)
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`
}

const text = z.string()
const schema = z.record(z.string(), z.unknown())
const flag = z.boolean()
const number = z.number()
const count = z.int().min(1)
const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1)

const dataOrWebUrl = z.string().regex(/^(https?:\/\/|data:[\w.+-]+\/[\w.+-]+;base64,)/)

// --- Chat Completions

const chatText = z.strictObject({ type: z.literal('text'), text })
const chatRefusal = z.strictObject({ type: z.literal('refusal'), refusal: text })
const chatPart = z.discriminatedUnion('type', [
  chatText,
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({
      url: dataOrWebUrl,
      detail: z.enum(['auto', 'low', 'high', 'original']).optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('input_audio'),
    input_audio: z.strictObject({ data: text, format: text }),
  }),
  z.strictObject({
    type: z.literal('file'),
    file: z.strictObject({ file_id: text.optional(), filename: text.optional(), file_data: text.optional() }),
  }),
])

const chatCall = z.strictObject({
  id: z.string().min(1).max(40),
  type: z.literal('function'),
  function: z
    .strictObject({ name: text, arguments: text, parsed_arguments: z.unknown() })
    .partial({ parsed_arguments: true }),
  /** Gemini's place for the signature of a call. */
  extra_content: schema.optional(),
})

const chatMessage = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.enum(['system', 'developer']),
    content: z.union([text, list(chatText)]),
    name: text.optional(),
  }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([text, list(chatPart)]),
    name: text.optional(),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z
      .union([text, list(z.discriminatedUnion('type', [chatText, chatRefusal])), z.null()])
      .optional(),
    name: text.optional(),
    refusal: text.nullable().optional(),
    tool_calls: list(chatCall).optional(),
    // What servers of this wire put into answers, and clients hand back with them.
    annotations: z.array(z.unknown()).optional(),
    parsed: z.unknown().optional(),
    reasoning: text.nullable().optional(),
    reasoning_content: text.nullable().optional(),
    reasoning_details: z.array(schema).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: text, content: z.union([text, list(chatText)]) }),
])

const chatFunction = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    description: text.optional(),
    parameters: schema.optional(),
    strict: flag.nullable().optional(),
  }),
})
const chatCustom = z.strictObject({
  type: z.literal('custom'),
  custom: z.strictObject({ name: text, description: text.optional(), format: schema.optional() }),
})

const jsonSchemaFormat = {
  name: text,
  schema,
  strict: flag.nullable().optional(),
  description: text.optional(),
}

const chatRequest = z.strictObject({
  model: text,
  messages: list(chatMessage),
  stream: flag.optional(),
  stream_options: z
    .strictObject({ include_usage: flag.optional(), include_obfuscation: flag.optional() })
    .optional(),
  tools: list(z.discriminatedUnion('type', [chatFunction, chatCustom])).optional(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: text }) }),
    ])
    .optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['text', 'json_object']) }),
      z.strictObject({ type: z.literal('json_schema'), json_schema: z.strictObject(jsonSchemaFormat) }),
    ])
    .optional(),
  reasoning_effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
    .nullable()
    .optional(),
  max_tokens: count.nullable().optional(),
  max_completion_tokens: count.nullable().optional(),
  temperature: number.min(0).max(2).nullable().optional(),
  top_p: number.min(0).max(1).nullable().optional(),
  n: count.nullable().optional(),
  stop: z
    .union([text, z.array(text).max(4)])
    .nullable()
    .optional(),
  seed: z.int().nullable().optional(),
  logprobs: flag.nullable().optional(),
  top_logprobs: z.int().nullable().optional(),
  logit_bias: z.record(z.string(), number).nullable().optional(),
  presence_penalty: number.nullable().optional(),
  frequency_penalty: number.nullable().optional(),
  parallel_tool_calls: flag.optional(),
  user: text.optional(),
  metadata: schema.nullable().optional(),
  store: flag.nullable().optional(),
  service_tier: text.nullable().optional(),
  safety_identifier: text.nullable().optional(),
  prompt_cache_key: text.nullable().optional(),
  prompt_cache_retention: text.nullable().optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullable().optional(),
})

// --- Responses

const responseRefusal = z.strictObject({ type: z.literal('refusal'), refusal: text })
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text,
  annotations: z.array(z.unknown()).optional(),
  logprobs: z.array(z.unknown()).optional(),
  parsed: z.unknown().optional(),
})
const inputPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: dataOrWebUrl.optional(),
    file_id: text.optional(),
    detail: z.enum(['auto', 'low', 'high', 'original']).optional(),
  }),
  z.strictObject({
    type: z.literal('input_file'),
    file_id: text.optional(),
    file_url: text.optional(),
    filename: text.optional(),
    file_data: text.optional(),
  }),
])
const itemFields = { id: text.nullable().optional(), status: text.nullable().optional() }

const responseItem = z.union([
  z.strictObject({
    ...itemFields,
    type: z.literal('message').optional(),
    role: z.enum(['user', 'system', 'developer']),
    content: z.union([text, list(inputPart)]),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal('message').optional(),
    role: z.literal('assistant'),
    content: z.union([text, list(z.discriminatedUnion('type', [outputText, responseRefusal]))]),
    phase: text.nullable().optional(),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal('function_call'),
    call_id: z.string().min(1).max(64),
    name: z.string().regex(/^[\w-]{1,64}$/),
    arguments: text,
    parsed_arguments: z.unknown().optional(),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal('function_call_output'),
    call_id: z.string().min(1).max(64),
    output: z.union([text, list(inputPart)]),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal('reasoning'),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text })),
    // OpenAI: "array too long. Expected an array with maximum length 0".
    content: z.array(z.unknown()).max(0).nullable().optional(),
    encrypted_content: text.nullable().optional(),
  }),
  // The calls of tools that take plain text, as Codex has one.
  z.looseObject({ type: z.enum(['custom_tool_call', 'custom_tool_call_output']) }),
])

const responsesRequest = z.strictObject({
  model: text,
  input: z.union([text, list(responseItem)]),
  instructions: text.nullable().optional(),
  stream: flag.nullable().optional(),
  stream_options: schema.nullable().optional(),
  store: flag.nullable().optional(),
  tools: z
    .array(
      z.union([
        z.strictObject({
          type: z.literal('function'),
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: text.nullable().optional(),
          parameters: schema.nullable().optional(),
          strict: flag.nullable().optional(),
        }),
        z.looseObject({ type: z.enum(['custom', 'web_search']) }),
      ]),
    )
    .optional(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.strictObject({ type: z.literal('function'), name: text }),
    ])
    .optional(),
  parallel_tool_calls: flag.nullable().optional(),
  text: z
    .strictObject({
      format: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.enum(['text', 'json_object']) }),
          z.strictObject({ type: z.literal('json_schema'), ...jsonSchemaFormat }),
        ])
        .optional(),
      verbosity: text.nullable().optional(),
    })
    .optional(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullable().optional(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullable().optional(),
    })
    .nullable()
    .optional(),
  include: z.array(text).nullable().optional(),
  max_output_tokens: count.nullable().optional(),
  temperature: number.min(0).max(2).nullable().optional(),
  top_p: number.min(0).max(1).nullable().optional(),
  top_logprobs: z.int().nullable().optional(),
  truncation: text.nullable().optional(),
  metadata: schema.nullable().optional(),
  user: text.optional(),
  service_tier: text.nullable().optional(),
  safety_identifier: text.nullable().optional(),
  prompt_cache_key: text.nullable().optional(),
})

// --- Messages

const cacheControl = z
  .strictObject({
    type: z.literal('ephemeral'),
    ttl: z.enum(['5m', '1h']).optional(),
    scope: text.optional(),
  })
  .nullable()
  .optional()
const said = z.string().min(1)
const textBlock = z.strictObject({
  type: z.literal('text'),
  text: said,
  cache_control: cacheControl,
  citations: z.unknown().optional(),
})
const base64Source = z.strictObject({
  type: z.literal('base64'),
  media_type: text,
  data: z.string().regex(/^[A-Za-z0-9+/]+=*$/),
})
const urlSource = z.strictObject({ type: z.literal('url'), url: z.string().regex(/^https?:\/\//) })
const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource]),
  cache_control: cacheControl,
})
const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    base64Source,
    urlSource,
    z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: text }),
  ]),
  title: text.nullable().optional(),
  context: text.nullable().optional(),
  cache_control: cacheControl,
})

const messagesBlock = z.discriminatedUnion('type', [
  textBlock,
  imageBlock,
  documentBlock,
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().regex(/^[\w-]+$/),
    name: z.string().regex(/^[\w-]{1,128}$/),
    input: schema,
    cache_control: cacheControl,
    caller: z.unknown().optional(),
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string().regex(/^[\w-]+$/),
    content: z
      .union([text, z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock]))])
      .optional(),
    is_error: flag.optional(),
    cache_control: cacheControl,
  }),
  z.strictObject({ type: z.literal('thinking'), thinking: text, signature: said }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: said }),
])

const parallel = { disable_parallel_tool_use: flag.optional() }
const display = { display: z.enum(['summarized', 'omitted']).nullable().optional() }

const messagesRequest = z.strictObject({
  model: text,
  max_tokens: count,
  messages: list(
    z.strictObject({ role: z.enum(['user', 'assistant']), content: z.union([said, list(messagesBlock)]) }),
  ),
  system: z.union([text, list(textBlock)]).optional(),
  stream: flag.optional(),
  stop_sequences: z.array(said).optional(),
  temperature: number.min(0).max(1).optional(),
  top_p: number.min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('custom').nullable().optional(),
        name: z.string().regex(/^[\w-]{1,128}$/),
        description: text.optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
        strict: flag.optional(),
        eager_input_streaming: flag.nullable().optional(),
        cache_control: cacheControl,
      }),
    )
    .optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['auto', 'any']), ...parallel }),
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({ type: z.literal('tool'), name: text, ...parallel }),
    ])
    .optional(),
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1024), ...display }),
      z.strictObject({ type: z.literal('adaptive'), ...display }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullable().optional(),
      format: z
        .strictObject({ type: z.literal('json_schema'), schema })
        .nullable()
        .optional(),
    })
    .optional(),
  metadata: z.strictObject({ user_id: text.nullable().optional() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
  cache_control: cacheControl,
  /** Beta. */
  context_management: schema.nullable().optional(),
})

const SCHEMAS: Readonly<Record<Dialect, z.ZodType>> = {
  'openai-chat': chatRequest,
  'openai-responses': responsesRequest,
  'anthropic-messages': messagesRequest,
}
