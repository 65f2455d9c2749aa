import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/core/conversation.ts'
import { AGENT_TURNS, lastWords, startAgent, toolAnswer, turnOf } from '../upstream/agent.ts'
import type { Vendors } from '../upstream/vendors.ts'
import { clientsMissing, officialClients } from './official-clients.ts'
import { startTestGateway, type Config, type TestGateway } from './running-gateway.ts'
import { CLIENT_NAMES, speakingClients } from './speaking/speaking-clients.ts'
import type { Seen, SpeakingClient, ToolSpec } from './speaking/speaking-client.ts'

const ENGINES: readonly Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages']

const TOOLS: readonly ToolSpec[] = [
  {
    name: 'look_up',
    description: 'Looks a word up.',
    parameters: {
      type: 'object',
      properties: { word: { type: 'string' }, of: { type: 'array', items: {} } },
      required: ['word'],
    },
  },
  { name: 'now', description: 'The time.', parameters: { type: 'object', properties: {} } },
]

const loaded = officialClients()
let agent: Vendors
let gateway: TestGateway
let clients: ReadonlyMap<string, SpeakingClient>

beforeAll(async () => {
  agent = await startAgent()
  gateway = await startTestGateway({ models: Object.fromEntries(ENGINES.flatMap(entriesOf)) as Config })
  if (loaded !== undefined) clients = speakingClients(loaded, gateway)
})
afterAll(async () => {
  await gateway.close()
  await agent.close()
})

/** A toy is always translated; the others pass through where the client speaks their protocol. */
function entriesOf(engine: Dialect): readonly (readonly [string, Config])[] {
  const served =
    engine === 'anthropic-messages'
      ? { engine: 'anthropic' }
      : { engine: 'openai', speaks: engine === 'openai-chat' ? 'chat' : 'responses' }
  const common = { ...served, base_url: agent.url, tries: { attempts: 1 } }
  return [
    [`${engine}/translated`, { ...common, model: 'agent', toy: true }],
    [`${engine}/passing`, { ...common, model: 'agent' }],
    [`${engine}/forgetful`, { ...common, model: 'forgetful', toy: true }],
  ]
}

/** What a client sees of the whole loop, ids apart: the same whatever is spoken on either side. */
type Transcript = readonly Pick<Seen, 'text' | 'reasoning' | 'stop' | 'calls'>[]

function transcript(withThoughts: boolean): Transcript {
  const turns = Array.from({ length: AGENT_TURNS }, (_, turn) => turnOf('openai-chat', turn))
  const said = turns.map(({ text = '', reasoning, calls }) => ({
    text,
    reasoning: withThoughts ? reasoning.text : '',
    stop: 'tool-calls' as const,
    calls: calls.map(({ name, arguments: args }) => ({ id: '', name, input: JSON.parse(args) as unknown })),
  }))
  const results = said.flatMap(({ calls }) => calls.map(({ name, input }) => toolAnswer(name, input)))
  return [...said, { text: lastWords(results), reasoning: '', stop: 'stop', calls: [] }]
}

/** Runs the tools until the model calls no more of them. Every other turn is streamed. */
async function run(client: SpeakingClient, model: string): Promise<Transcript> {
  const session = client.open(model, { system: 'Work.', tools: TOOLS, reason: true })
  const turns: Seen[] = [await session.say('Look them all up.')]
  for (let last = turns.at(-1); last !== undefined && last.calls.length > 0; last = turns.at(-1)) {
    expect(turns.length, 'it ends').toBeLessThanOrEqual(AGENT_TURNS)
    const results = last.calls.map(({ id, name, input }) => ({ id, name, text: toolAnswer(name, input) }))
    turns.push(await session.give(results, turns.length % 2 === 1))
  }
  return turns.map(({ text, reasoning, stop, calls }) => ({
    text,
    reasoning,
    stop,
    calls: calls.map((call) => ({ ...call, id: '' })),
  }))
}

describe(`a loop of ${AGENT_TURNS} turns with parallel tools and signed reasoning`, () => {
  describe.each(CLIENT_NAMES)('by %s', (name) => {
    test.skipIf(loaded === undefined).each(ENGINES)(
      `ends with the same transcript, with %s behind${loaded === undefined ? ` (${clientsMissing})` : ''}`,
      async (engine) => {
        const client = clients.get(name)
        if (client === undefined) throw new TypeError(`no client is called ${name}`)
        const translated = client.signs ? `${engine}/translated` : `${engine}/forgetful`
        const models =
          client.signs && client.dialect === engine ? [translated, `${engine}/passing`] : [translated]
        for (const model of models) expect(await run(client, model)).toEqual(transcript(client.signs))
      },
    )
  })
})
