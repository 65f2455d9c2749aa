import * as library from 'node-llama-cpp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonObjectGrammar } from '../json-grammar.ts'
import { STARTER_S1 } from '../starter-engine.conformance.ts'
import { callHold, type CallHold } from './call-hold.ts'
import type { CallSyntax } from './call-syntax.ts'
import { syntaxOf } from './families.conformance.ts'

let model: library.LlamaModel
const read: string[] = []

beforeAll(async () => {
  const logLevel = library.LlamaLogLevel.error
  const llama = await library.getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel })
  model = await llama.loadModel({ modelPath: STARTER_S1, vocabOnly: true, gpuLayers: 0 })
})
afterAll(() => model.dispose())

function holdFor(family: CallSyntax['family']): CallHold {
  const grammars = async (gbnf: string) => {
    read.push(gbnf)
    return model.llama.createGrammar({ grammar: gbnf })
  }
  const tools = [{ name: 'now', parameters: {}, grammar: jsonObjectGrammar() }]
  return callHold({ library, model, grammars }, syntaxOf(family), { tools, least: 0, most: 4 })
}

/** Whether the next token is held to a grammar after each piece of an answer; `=` to the same as before. */
async function heldAfter(hold: CallHold, ...pieces: readonly string[]): Promise<string> {
  let before = hold.state()
  let track = ''
  for (const piece of pieces) {
    hold.wrote(piece)
    await hold.ready()
    const now = hold.state()
    track += now === undefined ? '-' : now === before ? '=' : '+'
    before = now
  }
  return track
}

test('text is left alone but for what may become the mark of a call, and a call is held to its end', async () => {
  read.length = 0
  expect(await heldAfter(holdFor('hermes'), '', 'Well', ' then', '.')).toBe('----')
  expect(read).toEqual([])
  expect(await heldAfter(holdFor('hermes'), 'a <', 'b', '> <to', 'ol', 'x')).toBe('+-+=-')
  expect(await heldAfter(holdFor('hermes'), 'a <', 'tool_call>', '\n{"name": "now"', ', <')).toBe('+===')
  expect(await heldAfter(holdFor('mistral'), 'a', '[TOOL_CALLS]', ' [')).toBe('-+=')
})

test('a call without a mark may begin at the start of an answer, so only that is held', async () => {
  expect(await heldAfter(holdFor('llama'), '', ' ', '{"na', 'me":', ' "now"')).toBe('+====')
  expect(await heldAfter(holdFor('llama'), '', '{"na', 'ils', ' {"name":')).toBe('+=--')
})

test('more than the mark in one token is a failure that says so', async () => {
  const hold = holdFor('hermes')
  expect(() => hold.wrote('a <tool_call>{"name"')).toThrow(expect.objectContaining({ code: 'engine.failed' }))
  expect(await heldAfter(holdFor('hermes'), 'a <tool_call>\n')).toBe('+')
})
