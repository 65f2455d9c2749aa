import { basename } from 'node:path'
import {
  runsHere,
  servedBy,
  type Binding,
  type LlamaBinding,
  type LlamaServerBinding,
  type Model,
} from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { nearestNames } from '../core/nearest.ts'
import type { Ask, Call, Reply } from '../evaluation/ask.ts'
import type { RunModel } from '../evaluation/run/run-model.ts'
import { sha256OfFile } from '../evaluation/task/sha256-of-file.ts'
import type { ModelView } from '../gateway/admin/contract.ts'
import { askGateway, patientConnections, type Answer } from './gateway-client.ts'
import type { GatewaySettings } from './gateway-settings.ts'
import { startOwnGateway } from './own-gateway.ts'
import type { Terminal } from './terminal.ts'

/** The pipeline of the gateway for as long as a run takes. */
export type Pipeline = {
  readonly ask: Ask
  /** Rejects with `model.not_found` and the nearest names, or with why the model cannot be asked. */
  readonly findModel: (name: string) => Promise<RunModel>
  /** Whether the embedded engine answers under one of these names. */
  readonly usesEngine: (names: readonly string[]) => Promise<boolean>
  readonly close: () => Promise<void>
}

/**
 * A gateway of its own on a free loopback port: policy, budgets and log hold for a run as they hold for any client. It
 * starts when it is first needed, so that a mistake in a task file is told at once.
 */
export function openPipeline(settings: GatewaySettings, terminal: Terminal): Pipeline {
  let started: Promise<Pipeline> | undefined
  const pipeline = (): Promise<Pipeline> => (started ??= startPipeline(settings, terminal))
  return {
    ask: async (call, signal) => (await pipeline()).ask(call, signal),
    findModel: async (name) => (await pipeline()).findModel(name),
    usesEngine: async (names) => (await pipeline()).usesEngine(names),
    async close() {
      // One that could not start has told its reason to whoever needed it.
      const running = await started?.catch(() => undefined)
      await running?.close()
    },
  }
}

async function startPipeline(settings: GatewaySettings, terminal: Terminal): Promise<Pipeline> {
  const { loadConfig } = await import('../gateway/config/load-config.ts')
  const { packageRoot } = await import('../gateway/package-files.ts')
  const { systemClock } = await import('../gateway/system-ports.ts')
  const { configFile, ...around } = settings
  const file = configFile === undefined ? {} : { file: configFile }
  // What a model costs and which weights it has is nobody's business over HTTP, so it is read where the gateway reads it.
  const { models } = loadConfig({ ...around, ...file, packageRoot, clock: systemClock })
  const gateway = await startOwnGateway(settings, (line) => terminal.note(line, 'dim'))
  for (const warning of gateway.warnings) terminal.note(`warning: ${warning}`, 'yellow')
  const connections = patientConnections()
  const known = new Map<string, Promise<RunModel>>()
  return {
    ask: async (call, signal) =>
      toReply(call, await askGateway(gateway.url, bodyOf(call), { key: gateway.key, signal, connections })),
    usesEngine: (names) =>
      Promise.resolve(gateway.models.some(({ name, engine }) => names.includes(name) && engine === 'llama')),
    async findModel(name) {
      const found = known.get(name) ?? toRunModel(viewOf(gateway.models, name), models, terminal)
      known.set(name, found)
      return found
    },
    async close() {
      await connections.destroy()
      await gateway.close(0)
    },
  }
}

function bodyOf({ model, messages, maxTokens, temperature, seed }: Call): JsonObject {
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
  }
}

function toReply({ model }: Call, answer: Answer): Reply {
  const { text, finishReason, usage, durationMs } = answer
  const cost = costOf(answer.cost)
  if (answer.model === model) return { text, finishReason, usage, cost, latencyMs: durationMs }
  // Fallbacks are right for a client and wrong here: the outcome would be told of a model that never answered.
  throw new MusivumError(
    'model.unavailable',
    `${model} did not answer and ${answer.model} answered in its place; a run needs the model itself`,
    cost.kind === 'metered' ? { costNanoUsd: cost.nanoUsd } : {},
  )
}

/** The header says dollars with nine decimals or a word; as a product with 10⁹ the dollars would be rounded twice. */
function costOf(header: string): Reply['cost'] {
  const [, whole, decimals] = /^(\d{1,7})\.(\d{9})$/.exec(header) ?? []
  if (whole !== undefined && decimals !== undefined)
    return { kind: 'metered', nanoUsd: Number(whole) * 1e9 + Number(decimals) }
  return { kind: header === 'owned' ? 'owned' : 'unpriced' }
}

function viewOf(models: readonly ModelView[], name: string): ModelView {
  const view = models.find((each) => each.name === name)
  if (view === undefined) throw unknownModel(models, name)
  if (view.state !== 'unavailable') return view
  throw new MusivumError(
    'model.unavailable',
    `${name} cannot be asked: ${view.stateReason ?? 'no reason is known'}`,
  )
}

function unknownModel(models: readonly ModelView[], name: string): MusivumError {
  const nearest = nearestNames(
    name,
    models.map((each) => each.name),
  )
  const hint =
    nearest.length > 0 ? `did you mean ${nearest.join(' or ')}?` : '`musivum models list` lists the names'
  return new MusivumError('model.not_found', `no model is called "${name.slice(0, 80)}"; ${hint}`)
}

async function toRunModel(
  view: ModelView,
  configured: readonly Model[],
  terminal: Terminal,
): Promise<RunModel> {
  const { name, licence, toy } = view
  const model = configured.find((each) => each.name === name)
  if (model === undefined) {
    // Found on this machine: the server and its own name for the model are all there is to know.
    const identity = { engine: view.engine, source: view.source }
    return {
      name,
      identity,
      licence,
      toy,
      price: view.price === 'owned' ? { kind: 'owned' } : { kind: 'unpriced' },
    }
  }
  return { name, identity: await identityOf(model.binding, terminal), price: model.price, licence, toy }
}

/** What answers: the hashes of weights, or a server and its own name for the model, wherever else it is served too. */
async function identityOf(binding: Binding, terminal: Terminal): Promise<JsonObject> {
  if (runsHere(binding)) return llamaIdentity(binding, terminal)
  const { engine, upstreamModel } = binding
  const drops = binding.engine === 'openai' ? (binding.drops ?? []) : []
  const source = `${upstreamModel} at ${servedBy(binding)}`
  return { engine, source, ...(drops.length > 0 && { drops }) }
}

async function llamaIdentity(
  binding: LlamaBinding | LlamaServerBinding,
  terminal: Terminal,
): Promise<JsonObject> {
  const { engine } = binding
  const sha256 = binding.sha256 ?? (await hashed(binding.weights, terminal))
  if (binding.adapter === undefined) return { engine, sha256 }
  const adapter_sha256 = binding.adapterSha256 ?? (await hashed(binding.adapter, terminal))
  return { engine, sha256, adapter_sha256 }
}

async function hashed(path: string, terminal: Terminal): Promise<string> {
  terminal.note(`hashing ${basename(path)}, because the configuration gives no sha256 …`, 'dim')
  try {
    return await sha256OfFile(path, terminal.signal)
  } catch (cause) {
    terminal.signal.throwIfAborted()
    throw new MusivumError(
      'engine.weights_missing',
      `the weights file ${basename(path)} cannot be read`,
      {},
      { cause },
    )
  }
}
