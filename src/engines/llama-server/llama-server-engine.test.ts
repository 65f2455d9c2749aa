import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { LlamaServerBinding } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import { collectAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, describeEngine, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine } from '../engine.ts'
import { clock, saying, STARTER_S1 } from '../llama/starter-engine.conformance.ts'
import { describeKeeping } from '../llama/weights-keeper.conformance.ts'
import { llamaServerEngine, type LlamaServerDeps } from './llama-server-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'musivum-llama-server-'))
const opened: Engine[] = []
afterEach(() => Promise.all(opened.splice(0).map((engine) => engine.close())))
afterAll(() => rmSync(folder, { recursive: true }))

const REAL = process.env['LLAMA_SERVER']

describeEngine('llama-server, by a double of its wire', async () => ({
  engine: openEngine(),
  conversation: saying('hello'),
  expectedText: 'Héllo 🎉',
  longConversation: saying('endless'),
  unicodeConversation: saying('hello'),
  toolConversation: {
    ...saying('hello'),
    tools: [{ name: 'now', parameters: { type: 'object' }, extra: {} }],
  },
  jsonConversation: asJson('hello'),
}))

if (REAL === undefined) test('the program itself', ({ skip }) => skip('LLAMA_SERVER names none'))
else
  describeEngine('llama-server itself', async () => ({
    engine: openEngine({ binary: REAL, contextTokens: 512 }),
    conversation: saying('Add: 1 + 1', { maxOutputTokens: 8 }),
    longConversation: { ...saying('Add: 1 + 1', { maxOutputTokens: 400 }), extra: { ignore_eos: true } },
    jsonConversation: asJson('Add: 1 + 1'),
  }))

describe('what the program is started with', () => {
  test('free port of loopback, nothing fetched, nothing shifted; a key of its own and none of the gateway', async () => {
    process.env['SECRET_VENDOR_KEY'] = 'sk-of-a-vendor'
    process.env['LLAMA_ARG_HOST'] = '0.0.0.0'
    try {
      const engine = open({ slots: 2, contextTokens: 256, threads: 1, gpuLayers: 3 })
      const words = await textOf(engine, saying('arguments'))
      expect(words.replace(/--model \S+/, '--model FILE')).toBe(
        '--model FILE --alias served --host 127.0.0.1 --port 0 --ctx-size 512 --parallel 2 --threads 1 --threads-batch 1 ' +
          '--n-gpu-layers 3 --offline --no-webui --no-slots --no-context-shift --jinja --cache-ram 0 --no-kv-unified',
      )
      const names = await textOf(engine, saying('environment'))
      expect(names).toContain('LLAMA_API_KEY')
      expect(names).not.toMatch(/SECRET_VENDOR_KEY|LLAMA_ARG_HOST/)
    } finally {
      delete process.env['SECRET_VENDOR_KEY']
      delete process.env['LLAMA_ARG_HOST']
    }
  })

  test('a program that does not know a word is not told it', async () => {
    const engine = open({ binary: program('old') })
    const words = await textOf(engine, saying('arguments'))
    expect(words).toContain('--no-webui')
    expect(words).not.toMatch(/--offline|--cache-ram|--no-kv-unified/)
    const count = engine.countTokens?.(permitFor(engine.model), saying('one'), context())
    expect((await failureOf(count ?? Promise.resolve())).code).toBe('request.unsupported')
  })

  test.each([
    ['crash-at-start', 'engine.crashed', /exit code 134: .*GGML_ASSERT/],
    ['open', 'engine.failed', /answers without the key/],
    ['not-it', 'engine.not_installed', /is not a llama-server/],
  ])('a program that is wrong in the way of %s is told with one line', async (mode, code, words) => {
    const error = await failureOf(ask(open({ binary: program(mode) }), saying('hello')))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(words)
    expect(error.message).not.toContain(folder)
  })

  test('weights that are not the ones whose hash is known never reach the program', async () => {
    const engine = open({ sha256: '0'.repeat(64), binary: join(folder, 'never-looked-for') })
    expect((await failureOf(ask(engine, saying('hello')))).code).toBe('engine.weights_damaged')
  })

  test('a program that is not there is told with what to do', async () => {
    const error = await failureOf(ask(open({ binary: join(folder, 'nowhere') }), saying('hello')))
    expect(error.code).toBe('engine.not_installed')
    expect(error.message).toMatch(
      /^llama-server cannot be started: nowhere is not a program .* LLAMA_SERVER\.$/,
    )
  })
})

describeKeeping('a llama-server, by a double of its wire', {
  open: openEngine,
  short: saying('hello'),
  longer: saying('hello'),
  long: saying('endless'),
})

describe('what it can do', () => {
  test('started for embeddings it makes them and writes nothing', async () => {
    const engine = open({ serves: 'embeddings', contextTokens: 256 })
    const { vectors } = await engine.embed(
      permitFor(engine.model),
      { inputs: ['a', 'b'], extra: {} },
      context(),
    )
    expect(vectors).toHaveLength(2)
    const error = await failureOf(ask(engine, saying('hello')))
    expect(error.message).toMatch(/serves: embeddings.* does not write text/)
  })

  test('started for reranking it puts documents in order', async () => {
    const engine = open({ serves: 'rerank', contextTokens: 256 })
    const request = { query: 'q', documents: ['long document', 'short'], extra: {} }
    const answer = await engine.rerank?.(permitFor(engine.model), request, context())
    expect(answer?.ranked.map(({ index }) => index)).toEqual([1, 0])
  })

  test('what one tenant has asked is never told to another by what was found read', async () => {
    const engine = open({ contextTokens: 64 })
    const reused = async (tenant: string | undefined) => {
      const call = { ...context(), ...(tenant !== undefined && { tenant }) }
      return (await ask(engine, saying('hello'), call)).usage?.cacheReadTokens
    }
    expect(await reused('a')).toBe(5)
    expect(await reused('a')).toBe(5)
    expect(await reused('b')).toBe(0)
    expect(await reused('a')).toBe(0)
    expect(engine.state()).toMatchObject({ kind: 'ready', promptTokens: { reused: 10 } })
    expect(await engine.countTokens?.(permitFor(engine.model), saying('one two three'), context())).toBe(13)
    // And a prompt that does not fit is refused with the numbers of the server.
    const error = await failureOf(ask(engine, saying('word '.repeat(100))))
    expect(error.code).toBe('context_length_exceeded')
    expect(error.message).toMatch(/exceeds the available context size/)
  })
})

type Options = Partial<LlamaServerBinding> & { readonly deps?: Partial<LlamaServerDeps> }

function open(options: Options = {}): Engine {
  const engine = openEngine(options)
  opened.push(engine)
  return engine
}

function openEngine({ deps, ...binding }: Options = {}): Engine {
  const model = {
    name: 'served',
    binding: {
      engine: 'llama-server' as const,
      weights: STARTER_S1,
      threads: 1,
      binary: program(),
      ...binding,
    },
    price: { kind: 'owned' as const },
    toy: true,
    origin: 'config' as const,
  }
  return llamaServerEngine(model, { clock, log: () => undefined, backOffMs: 0, ...deps })
}

/** The double as a program: what is started gets no environment that could tell it how to behave. */
function program(mode = 'well'): string {
  const path = join(folder, `llama-server-${mode}`)
  if (existsSync(path)) return path
  const script = fileURLToPath(new URL('./server-double.conformance.ts', import.meta.url))
  const cache = process.env['NODE_COMPILE_CACHE'] ?? ''
  writeFileSync(
    path,
    `#!/bin/sh\nNODE_COMPILE_CACHE='${cache}' exec '${process.execPath}' '${script}' ${mode} "$@"\n`,
  )
  chmodSync(path, 0o755)
  return path
}

async function ask(engine: Engine, conversation: Conversation, call: CallContext = context()) {
  return collectAnswer(engine.answer(permitFor(engine.model), conversation, call))
}

async function textOf(engine: Engine, conversation: Conversation): Promise<string> {
  return (await ask(engine, conversation)).choices[0]?.text ?? ''
}

function asJson(text: string): Conversation {
  const schema = { type: 'object', properties: { answer: { type: 'integer' } }, required: ['answer'] }
  return { ...saying(text), responseFormat: { kind: 'json-schema', name: 'answer', schema } }
}
