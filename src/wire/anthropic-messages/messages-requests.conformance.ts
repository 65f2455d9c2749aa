import fc from 'fast-check'

/** Bodies of requests that `parseMessagesRequest` must take, unknown fields at every level. For tests only. */
export function messagesRequests(): fc.Arbitrary<Record<string, unknown>> {
  return withUnknown(
    fc.record(
      {
        model: name,
        max_tokens: fc.nat(100_000),
        messages: fc.array(message, { minLength: 1, maxLength: 5 }).map(withCalls),
        system: fc.oneof(text, fc.array(textBlock, { maxLength: 3 }), billedSystem),
        tools: fc.array(fc.oneof(tool, serverTool), { maxLength: 3 }),
        tool_choice: toolChoice,
        temperature: fc.double({ min: 0, max: 1, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
        top_k: fc.nat(500),
        stop_sequences: fc.array(name, { maxLength: 3 }),
        stream: fc.boolean(),
        thinking,
        output_config: outputConfig,
        metadata: withUnknown(fc.record({ user_id: name })),
        service_tier: fc.constantFrom('auto', 'standard_only'),
      },
      { requiredKeys: ['model', 'max_tokens', 'messages'] },
    ),
  )
}

const name = fc.string({ minLength: 1, maxLength: 12 })
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const CALL_IDS = ['toolu_1', 'toolu_2', 'functions.f:3']
const callId = fc.constantFrom(...CALL_IDS)

/** A result stands after its call. */
function withCalls(messages: readonly object[]): readonly object[] {
  if (!JSON.stringify(messages).includes('"tool_result"')) return messages
  const content = CALL_IDS.map((id) => ({ type: 'tool_use', id, name: 'f', input: {} }))
  return [{ role: 'user', content: 'go on' }, { role: 'assistant', content }, ...messages]
}

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

const mark = withUnknown(
  fc.record({ type: fc.constant('ephemeral'), ttl: fc.constantFrom('5m', '1h') }, { requiredKeys: ['type'] }),
)

function block<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<object> {
  return fc
    .tuple(withUnknown(arbitrary), fc.option(mark))
    .map(([known, control]) => (control === null ? known : { ...known, cache_control: control }))
}

const textBlock = block(
  fc.record({ type: fc.constant('text'), text: fc.string({ minLength: 1, maxLength: 20 }) }),
)
const billedSystem = fc
  .tuple(
    fc.stringMatching(/^[0-9a-f]{5}$/),
    fc.boolean(),
    fc.array(textBlock, { minLength: 1, maxLength: 2 }),
  )
  .map(([cch, joined, blocks]): unknown => {
    const header = `x-anthropic-billing-header: cc_version=2.1.185.01c; cch=${cch};`
    return joined ? `${header}\nYou are a coding agent.` : [{ type: 'text', text: header }, ...blocks]
  })

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const imageBlock = block(
  fc.record({
    type: fc.constant('image'),
    source: fc.oneof(
      withUnknown(
        fc.record({
          type: fc.constant('base64'),
          media_type: fc.constant('image/png'),
          data: fc.constant(PIXEL),
        }),
      ),
      withUnknown(fc.record({ type: fc.constant('url'), url: fc.constant('https://example.com/a.png') })),
      withUnknown(fc.record({ type: fc.constant('file'), file_id: name })),
    ),
  }),
)
const documentBlock = block(
  fc.record(
    {
      type: fc.constant('document'),
      title: name,
      context: name,
      source: fc.oneof(
        withUnknown(
          fc.record({ type: fc.constant('text'), media_type: fc.constant('text/plain'), data: text }),
        ),
        withUnknown(
          fc.record({
            type: fc.constant('base64'),
            media_type: fc.constant('application/pdf'),
            data: fc.constant('JVBERi0xLjQK'),
          }),
        ),
        withUnknown(fc.record({ type: fc.constant('file'), file_id: name })),
        withUnknown(fc.record({ type: fc.constant('content'), content: name })),
      ),
    },
    { requiredKeys: ['type', 'source'] },
  ),
)
const otherBlock = block(
  fc.record({ type: fc.constantFrom('search_result', 'container_upload'), source: name, title: name }),
)
const plainText = withUnknown(
  fc.record({ type: fc.constant('text'), text: fc.string({ minLength: 1, maxLength: 20 }) }),
)
const resultOf = (...kinds: fc.Arbitrary<object>[]) =>
  fc.record(
    {
      type: fc.constant('tool_result'),
      tool_use_id: callId,
      content: fc.oneof(text, fc.array(fc.oneof(...kinds), { maxLength: 3 })),
      is_error: fc.boolean(),
    },
    { requiredKeys: ['type', 'tool_use_id'] },
  )
// Marked itself or in its blocks: two marks at one place become one.
const toolResult = fc.oneof(
  block(resultOf(plainText)),
  withUnknown(resultOf(textBlock, imageBlock, otherBlock)),
)
// Thoughts without a signature are left out for a server that signs its own, so they are no round trip.
const thinkingBlock = withUnknown(
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: name }),
)
const redactedBlock = withUnknown(fc.record({ type: fc.constant('redacted_thinking'), data: name }))
const toolUse = block(
  fc.record({
    type: fc.constant('tool_use'),
    id: callId,
    name,
    input: fc.dictionary(name, fc.jsonValue({ maxDepth: 1 })).map(copy),
  }),
)

const content = (...kinds: fc.Arbitrary<object>[]) =>
  fc.oneof(text, fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 4 }))
const message = fc.oneof(
  withUnknown(
    fc.record({
      role: fc.constant('user'),
      content: content(textBlock, imageBlock, documentBlock, otherBlock, toolResult),
    }),
  ),
  withUnknown(
    fc.record({
      role: fc.constant('assistant'),
      content: content(textBlock, thinkingBlock, redactedBlock, toolUse, otherBlock),
    }),
  ),
)

const tool = block(
  fc.record(
    {
      type: fc.constant('custom'),
      name,
      description: text,
      input_schema: fc.constant({ type: 'object', properties: {} }),
      strict: fc.boolean(),
    },
    { requiredKeys: ['name', 'input_schema'] },
  ),
)
const serverTool = withUnknown(fc.record({ type: fc.constant('web_search_20260209'), name }))
const toolChoice = fc.oneof(
  fc.record(
    { type: fc.constantFrom('auto', 'any'), disable_parallel_tool_use: fc.boolean() },
    { requiredKeys: ['type'] },
  ),
  fc.record({ type: fc.constant('none') }),
  withUnknown(fc.record({ type: fc.constant('tool'), name })),
)
const thinking = fc.oneof(
  withUnknown(
    fc.record(
      {
        type: fc.constant('enabled'),
        budget_tokens: fc.integer({ min: 1024, max: 9_000 }),
        display: fc.constant('omitted'),
      },
      { requiredKeys: ['type', 'budget_tokens'] },
    ),
  ),
  withUnknown(fc.record({ type: fc.constantFrom('adaptive', 'disabled', 'between_tools') })),
)
const outputConfig = withUnknown(
  fc.record(
    {
      effort: fc.constantFrom('low', 'medium', 'high', 'max'),
      format: withUnknown(
        fc.record({ type: fc.constant('json_schema'), schema: fc.constant({ type: 'object' }) }),
      ),
    },
    { requiredKeys: [] },
  ),
)
