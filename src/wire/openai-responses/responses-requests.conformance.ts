import fc from 'fast-check'

/** Bodies of requests that `parseResponsesRequest` must take, unknown fields at every level. For tests only. */
export function responsesRequests(): fc.Arbitrary<Record<string, unknown>> {
  return withUnknown(
    fc.record(
      {
        model: name,
        input: fc.oneof(name, fc.array(item, { minLength: 1, maxLength: 8 }).map(withCalls)),
        instructions: text,
        tools: fc.array(fc.oneof(functionTool, otherTool), { maxLength: 3 }),
        tool_choice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), namedTool, otherTool),
        text: textFormat,
        parallel_tool_calls: fc.option(fc.boolean()),
        max_output_tokens: fc.integer({ min: 1, max: 1e6 }),
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
        top_k: fc.constantFrom(-1, 1, 40),
        truncation: fc.constantFrom('auto', 'disabled'),
        metadata: fc.dictionary(name, name, { maxKeys: 2 }),
        stream: fc.boolean(),
      },
      { requiredKeys: ['model', 'input'] },
    ),
  ).chain((body) =>
    fc
      .tuple(logprobs, reasoning)
      .map(([probabilities, order]) => ({ ...body, ...merged(probabilities, order) })),
  )
}

type Include = { readonly include?: readonly string[] }

function merged(a: Include, b: Include): object {
  const include = [...(a.include ?? []), ...(b.include ?? [])]
  return { ...a, ...b, ...(include.length === 0 ? {} : { include }) }
}

const name = fc.string({ minLength: 1, maxLength: 12 })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 9 })
  .map((bytes) => btoa(String.fromCharCode(...bytes)))

/** Keys no reader of ours knows, among them the ones that bite. */
const unknownKey = fc.constantFrom('x_vendor', '__proto__', 'constructor', 'toString', 'ünknown')
const unknown = fc.dictionary(unknownKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })

function withUnknown<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(unknown, arbitrary).map(([extra, known]) => Object.assign(copy(extra), known))
}

/** `dictionary` makes objects without a prototype, which compare unequal to parsed ones. */
function copy(object: object): object {
  return JSON.parse(JSON.stringify(object)) as object
}

const inputText = withUnknown(fc.record({ type: fc.constant('input_text'), text }))
const inputImage = withUnknown(
  fc.record(
    { type: fc.constant('input_image'), image_url: name, detail: name },
    { requiredKeys: ['type', 'image_url'] },
  ),
)
const imageById = fc.record({ type: fc.constant('input_image'), file_id: name })
const inputFile = withUnknown(
  fc.record(
    { type: fc.constant('input_file'), file_id: name, filename: name, file_data: base64 },
    { requiredKeys: ['type', 'file_id'] },
  ),
)
const inputAudio = withUnknown(
  fc.record({
    type: fc.constant('input_audio'),
    input_audio: withUnknown(fc.record({ data: base64, format: name })),
  }),
)
const otherPart = fc.record({ type: fc.constant('input_video'), video_url: name })
const outputText = withUnknown(
  fc.record(
    { type: fc.constant('output_text'), text, annotations: fc.constant([]) },
    { requiredKeys: ['type', 'text'] },
  ),
)
const refusal = withUnknown(fc.record({ type: fc.constant('refusal'), refusal: text }))

const parts = (...kinds: fc.Arbitrary<object>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 3 })
const id = (prefix: string) => fc.nat(99).map((number) => `${prefix}_${number}`)

const plainMessage = withUnknown(
  fc.record(
    {
      type: fc.constant('message'),
      role: fc.constantFrom('system', 'developer', 'user'),
      content: fc.oneof(text, parts(inputText, inputImage, imageById, inputFile, inputAudio, otherPart)),
      id: id('msg'),
    },
    { requiredKeys: ['role', 'content'] },
  ),
)
const assistantMessage = withUnknown(
  fc.record(
    {
      type: fc.constant('message'),
      role: fc.constant('assistant'),
      content: fc.oneof(text, parts(outputText, refusal, inputText)),
      id: id('msg'),
      status: fc.constant('completed'),
      phase: fc.constantFrom('commentary', 'final_answer'),
    },
    { requiredKeys: ['role', 'content'] },
  ),
)
const reasoningItem = withUnknown(
  fc.record(
    {
      type: fc.constant('reasoning'),
      id: id('rs'),
      summary: fc.array(withUnknown(fc.record({ type: fc.constant('summary_text'), text })), {
        maxLength: 2,
      }),
      content: fc.array(fc.record({ type: fc.constant('reasoning_text'), text }), { maxLength: 2 }),
      encrypted_content: fc.option(name),
      status: fc.constant('completed'),
    },
    { requiredKeys: ['type', 'id', 'summary'] },
  ),
)
const functionCall = withUnknown(
  fc.record(
    {
      type: fc.constant('function_call'),
      call_id: name,
      name,
      arguments: text,
      id: id('fc'),
      status: fc.constant('completed'),
    },
    { requiredKeys: ['type', 'call_id', 'name', 'arguments'] },
  ),
)
const functionOutput = withUnknown(
  fc.record({
    type: fc.constant('function_call_output'),
    call_id: name,
    output: fc.oneof(text, parts(inputText), parts(inputText, inputImage)),
  }),
)
const otherItem = fc.record({
  type: fc.constantFrom('web_search_call', 'custom_tool_call', 'custom_tool_call_output', 'compaction'),
  id: id('x'),
})
const item = fc.oneof(plainMessage, assistantMessage, reasoningItem, functionCall, functionOutput, {
  weight: 1,
  arbitrary: otherItem,
})

/** Every output after a call: one whose call is nowhere gets it. */
function withCalls(items: readonly object[]): object[] {
  const called = new Set<unknown>()
  return items.flatMap((one) => {
    const { type, call_id: callId } = one as { type?: string; call_id?: unknown }
    if (type === 'function_call') called.add(callId)
    if (type !== 'function_call_output' || called.has(callId)) return [one]
    called.add(callId)
    return [{ type: 'function_call', call_id: callId, name: 'f', arguments: '{}' }, one]
  })
}

const functionTool = withUnknown(
  fc.record(
    {
      type: fc.constant('function'),
      name,
      description: text,
      parameters: fc.constantFrom({ type: 'object', properties: { a: true } }, {}),
      strict: fc.option(fc.boolean()),
    },
    { requiredKeys: ['type', 'name'] },
  ),
)
const otherTool = withUnknown(fc.record({ type: fc.constantFrom('web_search', 'custom', 'mcp') }))
const namedTool = fc.record({ type: fc.constant('function'), name })

const textFormat = withUnknown(
  fc.record(
    {
      format: fc.oneof(
        withUnknown(fc.record({ type: fc.constantFrom('text', 'json_object', 'grammar') })),
        withUnknown(
          fc.record(
            {
              type: fc.constant('json_schema'),
              name,
              schema: fc.constant({ type: 'object' }),
              strict: fc.boolean(),
              description: text,
            },
            { requiredKeys: ['type', 'name', 'schema'] },
          ),
        ),
      ),
      verbosity: fc.constantFrom('low', 'high'),
    },
    { requiredKeys: [] },
  ),
)
const logprobs: fc.Arbitrary<Include> = fc.oneof(
  fc.constant({}),
  fc.integer({ min: 0, max: 20 }).map((top) => ({
    include: ['message.output_text.logprobs'],
    top_logprobs: top,
  })),
)
// Encrypted reasoning is asked for whenever the model is to reason, so requests that do not ask gain a word.
const reasoning: fc.Arbitrary<Include> = fc.oneof(
  fc.constant({}),
  withUnknown(
    fc.record(
      { effort: fc.constantFrom('low', 'high'), summary: fc.constantFrom('auto', 'detailed') },
      { requiredKeys: [] },
    ),
  ).map((order) => ({ reasoning: order, include: ['reasoning.encrypted_content'] })),
)
