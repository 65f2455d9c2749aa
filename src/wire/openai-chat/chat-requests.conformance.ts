import fc from 'fast-check'

/** Bodies of chat completion requests that `parseChatRequest` must take, unknown fields at every level. For tests only. */
export function chatRequests(): fc.Arbitrary<Record<string, unknown>> {
  return withUnknown(
    fc.record(
      {
        model: name,
        messages: fc.array(message, { minLength: 1, maxLength: 5 }),
        tools: fc.array(fc.oneof(functionTool, otherTool), { maxLength: 3 }),
        tool_choice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), namedTool, otherTool),
        response_format: responseFormat,
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
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
    fc
      .tuple(maxTokens, logprobs, streaming)
      .map(([limit, probabilities, stream]) => ({ ...body, ...limit, ...probabilities, ...stream })),
  )
}

const name = fc.string({ minLength: 1, maxLength: 12 })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })

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

const textPart = withUnknown(fc.record({ type: fc.constant('text'), text }))
const imagePart = withUnknown(
  fc.record({
    type: fc.constant('image_url'),
    image_url: withUnknown(fc.record({ url: name, detail: name }, { requiredKeys: ['url'] })),
  }),
)
const audioPart = withUnknown(
  fc.record({
    type: fc.constant('input_audio'),
    input_audio: withUnknown(fc.record({ data: name, format: name })),
  }),
)
const filePart = withUnknown(
  fc.record({
    type: fc.constant('file'),
    file: withUnknown(
      fc.record({ file_id: name, filename: name, file_data: name }, { requiredKeys: ['file_id'] }),
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
const assistantContent = fc.oneof(text, fc.constant(null), parts(textPart, refusalPart))
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
)
const customCall = fc.record({
  id: name,
  type: fc.constant('custom'),
  custom: fc.record({ name, input: text }),
})
const assistantMessage = withUnknown(
  fc.record(
    {
      role: fc.constant('assistant'),
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
)
const toolMessage = withUnknown(
  fc.record({ role: fc.constant('tool'), tool_call_id: name, content: toolContent }),
)
const message = fc.oneof(plainMessage, assistantMessage, toolMessage)

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
const streaming = fc.oneof(
  fc.constant({}),
  fc.constant({ stream: false, stream_options: null }),
  withUnknown(fc.record({ include_usage: fc.boolean() })).map((options) => ({
    stream: true,
    stream_options: options,
  })),
)
