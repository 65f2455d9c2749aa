import type { OfficialClients } from '../official-clients.ts'
import type { TestGateway } from '../running-gateway.ts'
import { anthropicClient } from './anthropic-client.ts'
import { openAiChatClient } from './openai-chat-client.ts'
import { openAiResponsesClient } from './openai-responses-client.ts'
import type { SpeakingClient } from './speaking-client.ts'
import { vercelClients } from './vercel-clients.ts'

/** Every official client that speaks with this gateway, by its name in `CLIENT_NAMES`. */
export function speakingClients(
  clients: OfficialClients,
  { origin, url }: TestGateway,
): ReadonlyMap<string, SpeakingClient> {
  const all = [
    openAiChatClient(clients, url),
    openAiResponsesClient(clients, url, { stored: false }),
    openAiResponsesClient(clients, url, { stored: true }),
    anthropicClient(clients, origin),
    ...vercelClients(clients, url),
  ]
  return new Map(all.map((client) => [client.name, client]))
}

export const CLIENT_NAMES = [
  'openai chat',
  'openai responses',
  'openai responses, stored',
  'anthropic',
  'vercel openai chat',
  'vercel openai responses',
  'vercel anthropic',
] as const
