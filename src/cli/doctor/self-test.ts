import { request } from 'undici'
import { toMusivumError } from '../../core/errors.ts'
import type { LocalModelsView } from '../../gateway/admin/contract.ts'
import { askGateway, keyHeader } from '../gateway-client.ts'
import type { GatewaySettings } from '../gateway-settings.ts'
import { startOwnGateway, type OwnGateway } from '../own-gateway.ts'
import { ok, problem, warn, type Finding } from './finding.ts'

/** The smallest of the starter models. */
const MODEL = 'starter-s1'
const TOKENS = 16

/** Asks the smallest starter model for sixteen tokens through the whole pipeline, and says how fast they came. */
export async function checkAnswer(
  settings: GatewaySettings,
  { besideAnother, signal }: { readonly besideAnother: boolean; readonly signal: AbortSignal },
): Promise<Finding> {
  const log: string[] = []
  try {
    const gateway = await startOwnGateway(settings, (line) => log.push(line))
    try {
      if (!gateway.models.some(({ name }) => name === MODEL)) {
        return warn('answer', `${MODEL} is not in this package`, 'ask a model of your own: `musivum ask`')
      }
      return await askTwice(gateway, signal)
    } finally {
      await gateway.close(0)
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code, message } = toMusivumError(thrown)
    // Where there are budgets, only one gateway answers. That is how it should be, and nothing is broken.
    if (besideAnother && code === 'store.unavailable')
      return warn('answer', `not tried: ${message}`, 'ask the gateway that runs')
    return problem('answer', message, log.at(-1) ?? 'the lines above say what is missing')
  }
}

async function askTwice({ url, key }: OwnGateway, signal: AbortSignal): Promise<Finding> {
  const content = 'Extract: Please register Walter Sokolov, 66, city Brisbane.'
  const body = { model: MODEL, messages: [{ role: 'user', content }], max_tokens: TOKENS, temperature: 0 }
  const first = await askGateway(url, body, { key, signal })
  // The second time the model is loaded: that is the speed of the machine, the first is the time of the start.
  const { usage } = await askGateway(url, body, { key, signal })
  const tokens = usage?.outputTokens ?? 0
  if (tokens < 2) {
    const says = `${MODEL} wrote ${tokens} tokens, expected ${TOKENS}`
    return problem('answer', says, 'look at the log of `musivum up`')
  }
  const { speed, threads } = await measuredInside(url, key, signal)
  const seconds = first.durationMs / 1000
  const start = `loading and first answer took ${seconds.toFixed(1)} s`
  const fast =
    speed === null
      ? ''
      : ` at ${Math.round(speed)} tokens/s on ${threads === 1 ? 'one thread' : `${threads} threads`}`
  return ok('answer', `${MODEL} wrote ${tokens} tokens${fast}; ${start}`, {
    tokens,
    tokens_per_second: speed,
    threads,
    start_seconds: Number(seconds.toFixed(3)),
  })
}

type Measured = { readonly speed: number | null; readonly threads: number | null }

/** By the clock of the model's own process: sixteen tokens of a model this small arrive here in one piece. */
async function measuredInside(url: string, key: string, signal: AbortSignal): Promise<Measured> {
  const { body } = await request(`${url}/api/local-models`, { headers: keyHeader(key), signal })
  const { models } = (await body.json()) as LocalModelsView
  const model = models.find(({ name }) => name === MODEL)
  return { speed: model?.answerTokensPerSecond ?? null, threads: model?.threads ?? null }
}
