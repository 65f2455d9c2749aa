import {
  getLlama,
  LlamaLogLevel,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'

/**
 * The least a process around node-llama-cpp can do: a prompt comes in, and when its answer is whole it goes out. No
 * stream, no stop strings, no template; what our engine costs more than this is what an engine is for.
 */
export type DirectOrder = {
  readonly weights: string
  readonly slots: number
  readonly contextTokens: number
  readonly threads: number
}
export type DirectQuestion = { readonly id: number; readonly prompt: string; readonly tokens: number }
export type DirectAnswer = { readonly id: number; readonly tokens: number; readonly text: string }

let model: LlamaModel
const free: LlamaContextSequence[] = []

process.on('message', (message: DirectOrder | DirectQuestion) => {
  void ('id' in message ? answer(message) : load(message))
})
process.on('disconnect', () => process.exit(0))

async function load(order: DirectOrder): Promise<void> {
  const { weights, slots, contextTokens: contextSize, threads } = order
  const logLevel = LlamaLogLevel.error
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel })
  model = await llama.loadModel({ modelPath: weights, gpuLayers: 0 })
  const context = await model.createContext({ sequences: slots, contextSize, threads })
  free.push(...Array.from({ length: slots }, () => context.getSequence()))
  process.send?.({ id: 0, tokens: 0, text: '' } satisfies DirectAnswer)
}

async function answer({ id, prompt, tokens }: DirectQuestion): Promise<void> {
  const sequence = free.pop()
  if (sequence === undefined) throw new Error('more questions at once than there are slots')
  const written = await write(sequence, prompt, tokens)
  free.push(sequence)
  process.send?.({ id, ...written } satisfies DirectAnswer)
}

async function write(sequence: LlamaContextSequence, text: string, limit: number) {
  const prompt = [
    ...model.tokenize('<|im_start|>user\n', true),
    ...model.tokenize(text, false),
    ...model.tokenize('<|im_end|>\n<|im_start|>assistant\n', true),
  ]
  await sequence.clearHistory()
  const tokens: Token[] = []
  for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
    tokens.push(token)
    if (tokens.length >= limit) break
  }
  return { tokens: tokens.length, text: model.detokenize(tokens) }
}
