import { fileURLToPath } from 'node:url'
import type { LlamaBinding, Model } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import type { Engine } from '../engine.ts'
import { collectAnswer, type CollectedAnswer } from '../conformance/collect-answer.conformance.ts'
import { context, permitFor } from '../conformance/engine.conformance.ts'
import { llamaEngine, type LlamaDeps } from './llama-engine.ts'

// What the tests of this folder share: engines on the starter weights, and questions to them.

export function starterFile(name: string): string {
  return fileURLToPath(new URL(`../../../models/starter/${name}`, import.meta.url))
}

export const STARTER_S1 = starterFile('starter-s1-q8_0.gguf')
export const STARTER_L = starterFile('starter-l-q8_0.gguf')

type Options = Partial<LlamaBinding> & { readonly deps?: Partial<LlamaDeps> }

/** One thread, because tests share two cores with each other. */
export function openStarter({ deps, ...binding }: Options = {}): Engine {
  const model = {
    name: 'starter',
    binding: { engine: 'llama', weights: STARTER_S1, threads: 1, ...binding },
    price: { kind: 'owned' },
    toy: true,
    origin: 'starter',
  } as const satisfies Model
  return llamaEngine(model, { clock, home: '/nonexistent', log: () => undefined, ...deps })
}

export const clock = { now: () => Date.now(), monotonic: () => performance.now() }

export function saying(text: string, sampling: Conversation['sampling'] = {}): Conversation {
  return {
    dialect: 'openai-chat',
    messages: [{ role: 'user', parts: [{ kind: 'text', text }], extra: {} }],
    tools: [],
    sampling: { temperature: 0, ...sampling },
    answerCount: 1,
    extra: {},
  }
}

/** A grammar keeps even a tiny model writing: its answer has at least this many numbers. */
export function counting(numbers: number): Conversation {
  const items = { type: 'integer', minimum: 100, maximum: 999 }
  const schema = { type: 'array', items, minItems: numbers, maxItems: numbers }
  return { ...saying('Add: 1 + 1'), responseFormat: { kind: 'json-schema', name: 'numbers', schema } }
}

export function ask(
  engine: Engine,
  conversation: Conversation,
  signal?: AbortSignal,
): Promise<CollectedAnswer> {
  return collectAnswer(engine.answer(permitFor(engine.model), conversation, context(signal)))
}

export async function textOf(engine: Engine, conversation: Conversation): Promise<string> {
  return (await ask(engine, conversation)).choices[0]?.text ?? ''
}
