import type { Model, ServerBinding } from '../../catalog/model.ts'

/** A server that speaks Anthropic's Messages protocol, whoever runs it. */
export type AnthropicBinding = ServerBinding & {
  readonly engine: 'anthropic'
  /** The header that carries the key. Default `x-api-key`, which every version of the API and most other servers take. */
  readonly keyHeader?: 'x-api-key' | 'authorization'
  /** Default 2023-06-01: what is right for a newer version is right for it too, and other servers know no newer one. */
  readonly version?: string
  /** Sent with every request as `anthropic-beta`, beside those that a relayed client asks for. */
  readonly betas?: readonly string[]
  /** The limit where a client of another protocol sets none. */
  readonly defaultMaxTokens?: number
  /** The server holds answers to a JSON schema. Default: Anthropic itself does, others do not. */
  readonly structured?: boolean
  /** How models of this server are told to think. Default `adaptive`; `budget` for models before Claude 4.6. */
  readonly reasoning?: 'adaptive' | 'budget'
  /** The server signs no thoughts and takes them back without, as vLLM and llama-server do. Default: it signs. */
  readonly unsignedReasoning?: boolean
  /** What becomes of Claude Code's billing header. Default: Anthropic itself gets it, others do not. */
  readonly billingHeader?: 'keep' | 'leave-out'
}

export type AnthropicModel = Omit<Model, 'binding'> & { readonly binding: AnthropicBinding }
