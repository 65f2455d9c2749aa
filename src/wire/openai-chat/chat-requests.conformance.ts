import fc from 'fast-check'

/** Bodies of chat completion requests that `parseChatRequest` must take, unknown fields at every level. For tests only. */
export function chatRequests(): fc.Arbitrary<Record<string, unknown>> {
  return withUnknown(
    fc.record(
      {
        model: name,
        messages: fc.array(message, { minLength: 1, maxLength: 5 }).map(withCalls),
        tools: fc.array(fc.oneof(functionTool, otherTool), { maxLength: 3 }),
        tool_choice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), namedTool, otherTool),
        response_format: responseFormat,
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
        top_k: fc.constantFrom(-1, 0, 1, 40),
        parallel_tool_calls: fc.option(fc.boolean()),
        seed: fc.maxSafeInteger(),
        stop: fc.oneof(name, fc.array(name, { maxLength: 4 })),
        n: fc.integer({ min: 1, max: 128 }),
        presence_penalty: fc.double({ min: -2, max: 2, noNaN: true }),
        frequency_penalty: fc.option(fc.double({ min: -2, max: 2, noNaN: true })),
        logit_bias: fc.dictionary(fc.nat().map(String), fc.integer({ min: -100, max: 100 })),
      },
      { requiredKeys: ['model', 'messages'] },
    ),
  ).chain((body) =>
    fc.tuple(maxTokens, logprobs, streaming, reasoningOrder).map(([limit, probabilities, stream, order]) => ({
      ...body,
      ...limit,
      ...probabilities,
      ...stream,
      ...order,
    })),
  )
}

const name = fc.string({ minLength: 1, maxLength: 12 })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 9 })
  .map((bytes) => btoa(String.fromCharCode(...bytes)))

/** Keys no reader of ours knows, among them the ones that bite. */
const unknownKey = fc.constantFrom(
  'x_vendor',
  '__proto__',
  'constructor',
  'toString',
  'cache_control',
  'ünknown',
)
const unknown = fc.dictionary(unknownKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })

function withUnknown<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(unknown, arbitrary).map(([extra, known]) => Object.assign(copy(extra), known))
}

/** `dictionary` makes objects without a prototype, which compare unequal to parsed ones. */
function copy(object: object): object {
  return JSON.parse(JSON.stringify(object)) as object
}

const cacheMark = fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' })
const textPart = fc.oneof(
  withUnknown(fc.record({ type: fc.constant('text'), text })),
  fc.record({ type: fc.constant('text'), text, cache_control: cacheMark }),
)
const thinkingPart = fc.record({
  type: fc.constant('thinking'),
  thinking: fc.oneof(text, fc.tuple(fc.record({ type: fc.constant('text'), text }))),
  closed: fc.boolean(),
})
const imagePart = withUnknown(
  fc.record({
    type: fc.constant('image_url'),
    image_url: withUnknown(fc.record({ url: name, detail: name }, { requiredKeys: ['url'] })),
  }),
)
const audioPart = withUnknown(
  fc.record({
    type: fc.constant('input_audio'),
    input_audio: withUnknown(fc.record({ data: base64, format: name })),
  }),
)
const filePart = withUnknown(
  fc.record({
    type: fc.constant('file'),
    file: withUnknown(
      fc.record({ file_id: name, filename: name, file_data: base64 }, { requiredKeys: ['file_id'] }),
    ),
  }),
)
const refusalPart = withUnknown(fc.record({ type: fc.constant('refusal'), refusal: text }))
const otherPart = withUnknown(
  fc.record({ type: fc.constant('video_url'), video_url: fc.jsonValue({ maxDepth: 1 }) }),
)

const parts = (...kinds: fc.Arbitrary<object>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 3 })
const userContent = fc.oneof(text, parts(textPart, imagePart, audioPart, filePart, otherPart))
const assistantContent = fc.oneof(text, fc.constant(null), parts(textPart, refusalPart, thinkingPart))
const toolContent = fc.oneof(text, parts(textPart), parts(textPart, imagePart))

const plainMessage = withUnknown(
  fc.record(
    { role: fc.constantFrom('system', 'developer', 'user'), content: userContent, name },
    { requiredKeys: ['role', 'content'] },
  ),
)
const toolCall = withUnknown(
  fc.record({
    id: name,
    type: fc.constant('function'),
    function: withUnknown(fc.record({ name, arguments: text })),
  }),
).chain((call) =>
  fc
    .option(name, { freq: 3 })
    .map((signature) =>
      signature === null ? call : { ...call, extra_content: { google: { thought_signature: signature } } },
    ),
)
const customCall = fc.record({
  id: name,
  type: fc.constant('custom'),
  custom: fc.record({ name, input: text }),
})
const signedDetail = fc.record({
  type: fc.constantFrom('reasoning.text', 'reasoning.summary', 'reasoning.encrypted'),
  text: fc.constantFrom('Hm.', 'So', 'it is'),
  signature: name,
  index: fc.nat(3),
})
const reasoningText = fc.constantFrom('Hm.', 'Hm.So', 'it is', 'else')
const assistantMessage = withUnknown(
  fc.record(
    {
      role: fc.constant('assistant'),
      reasoning_details: fc.array(
        fc.oneof(signedDetail, fc.record({ type: fc.constant('reasoning.text'), text: reasoningText })),
        { maxLength: 3 },
      ),
      content: assistantContent,
      name,
      refusal: fc.option(text),
      tool_calls: fc.array(
        fc.oneof({ weight: 5, arbitrary: toolCall }, { weight: 1, arbitrary: customCall }),
        {
          maxLength: 3,
        },
      ),
    },
    { requiredKeys: ['role'] },
  ),
).chain((assistant) =>
  fc
    .tuple(reasoningText, fc.subarray(['reasoning', 'reasoning_content']))
    .map(([said, names]) => ({ ...assistant, ...Object.fromEntries(names.map((key) => [key, said])) })),
)
const toolMessage = withUnknown(
  fc.record({ role: fc.constant('tool'), tool_call_id: name, content: toolContent }),
)
const message = fc.oneof(plainMessage, assistantMessage, toolMessage)

/** Every result after a call: one whose call is nowhere gets it. */
function withCalls(messages: readonly object[]): object[] {
  const called = new Set<unknown>()
  return messages.flatMap((one) => {
    const { role, tool_calls: calls, tool_call_id: id } = one as ToolFields
    for (const call of calls ?? []) called.add(call.id)
    if (role !== 'tool' || called.has(id)) return [one]
    called.add(id)
    const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } }
    return [{ role: 'assistant', content: null, tool_calls: [call] }, one]
  })
}

type ToolFields = {
  readonly role: string
  readonly tool_calls?: readonly { readonly id: unknown }[]
  readonly tool_call_id?: unknown
}

const functionTool = withUnknown(
  fc.record({
    type: fc.constant('function'),
    function: withUnknown(
      fc.record(
        {
          name,
          description: text,
          parameters: fc.dictionary(name, fc.jsonValue({ maxDepth: 1 })),
          strict: fc.option(fc.boolean()),
        },
        { requiredKeys: ['name'] },
      ),
    ),
  }),
)
const otherTool = withUnknown(fc.record({ type: fc.constant('custom'), custom: fc.record({ name }) }))
const namedTool = withUnknown(fc.record({ type: fc.constant('function'), function: fc.record({ name }) }))

const schema = withUnknown(
  fc.record(
    { name, schema: fc.constant({ type: 'object' }), strict: fc.boolean(), description: text },
    { requiredKeys: ['name', 'schema'] },
  ),
)
const responseFormat = fc.oneof(
  withUnknown(fc.record({ type: fc.constantFrom('text', 'json_object', 'regex') })),
  withUnknown(fc.record({ type: fc.constant('json_schema'), json_schema: schema })),
)

const maxTokens = fc.oneof(
  fc.constant({}),
  fc.integer({ min: 1, max: 1e6 }).map((limit) => ({ max_tokens: limit })),
  fc.integer({ min: 1, max: 1e6 }).map((limit) => ({ max_completion_tokens: limit })),
)
const logprobs = fc.oneof(
  fc.constant({}),
  fc.constant({ logprobs: false }),
  fc.integer({ min: 0, max: 20 }).map((top) => ({ logprobs: true, top_logprobs: top })),
)
const effort = fc.constantFrom('none', 'low', 'high')
const reasoningOrder = fc.oneof(
  fc.constant({}),
  effort.map((word) => ({ reasoning_effort: word })),
  effort.map((word) => ({ reasoning_effort: word, reasoning: { effort: word } })),
  withUnknown(fc.record({ effort, max_tokens: fc.nat(), exclude: fc.boolean() }, { requiredKeys: [] })).map(
    (reasoning) => ({ reasoning }),
  ),
)
const streaming = fc.oneof(
  fc.constant({}),
  fc.constant({ stream: false, stream_options: null }),
  withUnknown(fc.record({ include_usage: fc.boolean() })).map((options) => ({
    stream: true,
    stream_options: options,
  })),
)
