import { toMusivumError } from '../../core/errors.ts'
import { askGateway } from '../gateway-client.ts'
import type { GatewaySettings } from '../gateway-settings.ts'
import { startOwnGateway, type OwnGateway } from '../own-gateway.ts'
import { ok, problem, warn, type Finding } from './finding.ts'

/** The smallest of the starter models. */
const MODEL = 'starter-s1'
const TOKENS = 16

/** Asks the smallest starter model for sixteen tokens through the whole pipeline, and says how fast they came. */
export async function checkAnswer(settings: GatewaySettings, signal: AbortSignal): Promise<Finding> {
  const log: string[] = []
  try {
    const gateway = await startOwnGateway(settings, (line) => log.push(line))
    try {
      if (!gateway.models.some(({ name }) => name === MODEL)) {
        return warn('answer', `${MODEL} is not in this package`, 'ask a model of your own: `musivum ask`')
      }
      return await askOnce(gateway, signal)
    } finally {
      await gateway.close(0)
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const reason = toMusivumError(thrown).message
    return problem('answer', reason, log.at(-1) ?? 'the lines above say what is missing')
  }
}

async function askOnce({ url, key }: OwnGateway, signal: AbortSignal): Promise<Finding> {
  const content = 'Extract: Please register Walter Sokolov, 66, city Brisbane.'
  const body = { model: MODEL, messages: [{ role: 'user', content }], max_tokens: TOKENS, temperature: 0 }
  const first = await askGateway(url, body, { key, signal })
  // The second time the model is loaded: that is the speed of the machine, the first is the time of the start.
  const { usage, durationMs, firstTextMs } = await askGateway(url, body, { key, signal })
  const tokens = usage?.outputTokens ?? 0
  if (tokens < 2 || firstTextMs === null) {
    return problem(
      'answer',
      `${MODEL} wrote ${tokens} tokens, expected ${TOKENS}`,
      'look at the log of `musivum up`',
    )
  }
  // The first token waits for the prompt, so the others tell how fast tokens come.
  const speed = Math.round((tokens - 1) / ((durationMs - firstTextMs) / 1000))
  const start = (first.durationMs / 1000).toFixed(1)
  return ok(
    'answer',
    `${MODEL} wrote ${tokens} tokens at ${speed} tokens/s; loading and first answer took ${start} s`,
  )
}
