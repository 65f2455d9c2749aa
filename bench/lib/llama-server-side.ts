import { Agent } from 'undici'
import { MusivumError } from '../../src/core/errors.ts'
import { askServer } from '../../src/engines/http/small-ask.ts'
import { askOptions } from '../../src/engines/llama-server/server-options.ts'
import { startServer } from '../../src/engines/llama-server/server-process.ts'
import { isJsonArray, isJsonObject, type Json } from '../../src/core/json.ts'
import { measure, type OpenSide } from './llama-sides.ts'

/** llama-server on the same weights, asked for whole answers over loopback: the least it can be asked for. */
export function openLlamaServer(binary: string): OpenSide {
  return async ({ name, file, slots, contextTokens, threads }, resources) => {
    const { signal } = new AbortController()
    const order = {
      binding: { engine: 'llama-server' as const, weights: file },
      name,
      size: { slots, contextTokens },
      threads,
    }
    const known = await askOptions(binary, signal)
    const server = await startServer({ binary, known }, order, signal, (why) => {
      throw new Error(`llama-server ended by itself: ${why}`)
    })
    const dispatcher = new Agent({ connections: slots })
    resources.defer(async () => {
      await dispatcher.destroy()
      await server.stop(new MusivumError('gateway.stopping', 'The benchmark is over.'))
    })

    async function write(prompt: string, limit: number) {
      const { status, json } = await askServer(`${server.baseUrl}/chat/completions`, {
        signal,
        dispatcher,
        headers: { authorization: `Bearer ${server.key}` },
        body: {
          messages: [{ role: 'user', content: prompt }],
          temperature: 0,
          max_tokens: limit,
          cache_prompt: false,
        },
      })
      if (status !== 200) throw new Error(`llama-server answered with status ${status}`)
      return { tokens: numberIn(json['usage'], 'completion_tokens'), text: textIn(json['choices']) }
    }

    const pids = [server.pid ?? Number.NaN]
    return (load) => measure(pids, load, () => write(load.prompt, load.tokens))
  }
}

function numberIn(value: Json | undefined, key: string): number {
  const found = isJsonObject(value) ? value[key] : undefined
  return typeof found === 'number' ? found : Number.NaN
}

function textIn(choices: Json | undefined): string {
  const [first] = isJsonArray(choices) ? choices : []
  const message = isJsonObject(first) ? first['message'] : undefined
  const content = isJsonObject(message) ? message['content'] : undefined
  return typeof content === 'string' ? content : ''
}
