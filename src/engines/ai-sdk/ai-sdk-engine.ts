import { strict as assert } from 'node:assert'
import type { AiSdkBinding, Model } from '../../catalog/model.ts'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Clock } from '../../core/ports.ts'
import { assertPermit } from '../../policy/permit.ts'
import type { CallContext, Capabilities, Engine } from '../engine.ts'
import { cancelled } from '../http/upstream.ts'
import { embedValues } from './embed.ts'
import { loadProvider, type Provider } from './provider-package.ts'
import { openProviderCalls, type ProviderCall, type ProviderCalls } from './provider-calls.ts'
import { createPartReader } from './read-parts.ts'
import { renderCall } from './render-call.ts'
import type { LanguageModel, StreamPart } from './spec.ts'
import { warningChanges } from './warning-changes.ts'

export type AiSdkEngineDeps = {
  readonly clock: Clock
  /** Where provider packages may be installed, beside musivum's own place. */
  readonly folders: readonly string[]
}

type AiSdkModel = Model & { readonly binding: AiSdkBinding }

/**
 * A model behind any provider package of the Vercel AI SDK. The package is an optional peer: it is loaded when the model is
 * first asked, and `model.unavailable` says what to install when it is not there.
 */
export function aiSdkEngine(model: AiSdkModel, { clock, folders }: AiSdkEngineDeps): Engine {
  const { binding } = model
  const maker = `ai-sdk:${binding.package}`
  const calls = openProviderCalls(model, clock)
  let loading: Promise<Provider> | undefined

  /** Once: a package that was installed after a failure is found by the next request. */
  function provider(): Promise<Provider> {
    loading ??= loadProvider(binding, settingsOf(binding, calls), folders).catch((thrown: unknown) => {
      loading = undefined
      throw thrown
    })
    return loading
  }

  async function* answer(conversation: Conversation, context: CallContext): AsyncGenerator<AnswerEvent> {
    const call = calls.open(context)
    try {
      const language = await call.until(provider().then((loaded) => loaded.languageModel()))
      const urls = (await language.supportedUrls) ?? {}
      const { options, changes } = renderCall(conversation, {
        package: binding.package,
        maker,
        model: language,
        urls,
      })
      report(context, changes)
      yield* events(call, partsOf(call, language, options), context, maker)
    } catch (thrown) {
      throw call.failure(thrown)
    } finally {
      call.end()
    }
  }

  return {
    model,
    capabilities: CAPABILITIES,
    relays: new Set(),
    answer(permit, conversation, context) {
      assertPermit(permit, model)
      return answer(conversation, context)
    },
    async embed(permit, request, context) {
      assertPermit(permit, model)
      const call = calls.open(context)
      try {
        const loaded = await call.until(provider())
        return await embedValues(model.name, loaded.embeddingModel(), request, call, context)
      } catch (thrown) {
        throw call.failure(thrown)
      } finally {
        call.end()
      }
    },
    state: calls.state,
    close: calls.close,
  }
}

/** What the specification has; whether a model of it can do so is the vendor's to say. */
const CAPABILITIES: Capabilities = {
  tools: true,
  images: true,
  jsonSchema: true,
  jsonObject: true,
  logprobs: false,
  embeddings: true,
  severalAnswers: false,
}

function settingsOf(
  { key, options }: AiSdkBinding,
  { fetch }: ProviderCalls,
): Readonly<Record<string, unknown>> {
  return { ...options, ...(key !== undefined && { apiKey: key }), fetch }
}

async function* partsOf(
  call: ProviderCall,
  language: LanguageModel,
  options: Parameters<LanguageModel['doStream']>[0],
): AsyncGenerator<StreamPart> {
  const { stream } = await call.until(
    call.run(() => language.doStream({ ...options, abortSignal: call.signal })),
  )
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await call.until(reader.read())
      if (done) return
      yield value
    }
  } finally {
    // Nobody reads on: the package must not go on filling its queue. What it says about that helps nobody.
    reader.cancel().catch(() => {})
  }
}

async function* events(
  call: ProviderCall,
  parts: AsyncIterable<StreamPart>,
  context: CallContext,
  maker: string,
): AsyncGenerator<AnswerEvent> {
  const reader = createPartReader(maker)
  for await (const part of parts) {
    if (part.type === 'error') throw call.failure(part['error'])
    if (part.type === 'stream-start') report(context, warningChanges(part['warnings']))
    else if (part.type !== 'response-metadata') call.heard()
    for (const event of reader.read(part)) {
      if (context.signal.aborted) throw cancelled()
      yield event
    }
    if (reader.done()) return
  }
  assert(reader.done(), 'a provider stream ends with a finish')
}

function report(context: CallContext, changes: readonly WireChange[]): void {
  if (changes.length > 0) context.onChanged?.(changes)
}
