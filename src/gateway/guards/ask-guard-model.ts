import type { Model } from '../../catalog/model.ts'
import { single } from '../../combine/answerer.ts'
import type { Conversation } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Usage } from '../../core/usage.ts'
import type { AskModel, ModelCall } from '../../guards/guard.ts'
import { permit, type Permit } from '../../policy/permit.ts'
import { label } from '../../privacy/label.ts'
import { createAnswerCollector, type CollectedAnswer } from '../../wire/collect-answer.ts'
import { circumstances } from '../access/circumstances.ts'
import { labelled } from '../names/label-request.ts'
import type { Delivery } from '../operation.ts'
import { likelyTokens } from '../spending/prompt-tokens.ts'
import { exhausted } from '../spending/spending.ts'

/**
 * Asks a classifier on behalf of a guard: through policy, with a permit of its own for what it is shown, on the bill of the request
 * that it judges. A guard is no way around a rule: a model that may not see the text does not judge it.
 */
export function guardModelAsker({
  gateway,
  snapshot,
  record,
}: Pick<Delivery, 'gateway' | 'snapshot' | 'record'>): AskModel {
  const { principal } = record
  return async (call) => {
    const model = snapshot.models.get(call.model)
    if (model === undefined)
      throw new MusivumError('model.not_found', `no model is called ${call.model.slice(0, 80)}`)
    const conversation = conversationOf(call)
    const permitted = await permitFor(model, conversation)
    const { exchange } = record
    const signal = AbortSignal.any([exchange.signal, AbortSignal.timeout(call.timeoutMs)])
    const context = { signal, requestId: exchange.requestId, whole: true }
    const answer = await gateway.engines.use(model, (engine) => {
      // What was masked for the classifier is not what was masked for the model that answers.
      const bound = gateway.duties.bind(engine, permitted, { principal, names: record.names, decision: null })
      return collect(single(bound, permitted)(conversation, context))
    })
    charge(model, answer.usage ?? estimated(call, answer))
    return answer.choices[0]?.text ?? ''
  }

  async function permitFor(model: Model, conversation: Conversation): Promise<Permit> {
    const { exchange, names } = record
    const { policy } = snapshot
    const recognise = gateway.duties.recogniser(policy)
    const labels =
      recognise === undefined || names === null
        ? label(conversation, recognise)
        : await labelled(conversation, recognise, names, exchange.signal)
    const facts = circumstances(gateway.treasury, policy, { principal, operation: 'chat' }, conversation)
    const { permits } = permit(policy, principal, labels, [model], exchange.requestId, facts)
    const permitted = permits.get(model.name)
    if (permitted !== undefined) return permitted
    throw new MusivumError('policy.forbidden', `the policy forbids that ${model.name} judges this request`)
  }

  function charge(model: Model, usage: Usage): void {
    const { spending, exchange } = record
    spending?.charge('judge', model, usage)
    if (spending?.stillCovered() === false) exchange.stop(exhausted())
  }
}

function conversationOf({ messages, maxTokens }: ModelCall): Conversation {
  return {
    dialect: 'openai-chat',
    messages: messages.map(({ role, text }) => ({ role, parts: [{ kind: 'text', text }], extra: {} })),
    tools: [],
    sampling: { temperature: 0, maxOutputTokens: maxTokens },
    answerCount: 1,
    extra: {},
  }
}

async function collect(events: ReturnType<ReturnType<typeof single>>): Promise<CollectedAnswer> {
  const collector = createAnswerCollector()
  for await (const event of events) collector.add(event)
  return collector.answer()
}

/** Nobody counted: by bytes, as everywhere. */
function estimated({ messages }: ModelCall, { choices }: CollectedAnswer): Usage {
  const bytes = messages.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  return {
    inputTokens: likelyTokens(bytes),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: likelyTokens(Buffer.byteLength(choices[0]?.text ?? '')),
    reasoningTokens: 0,
    source: 'estimated',
  }
}
