import {
  getLlama,
  LlamaLogLevel,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import { answerJobs } from './lib/child.ts'

/**
 * The least a process around node-llama-cpp can do: prompt in, tokens out, text at the end. No stop strings, no stream,
 * no messages while it writes; what our engine costs more than this is what an engine is for.
 */
export type DirectJob =
  | {
      readonly kind: 'load'
      readonly weights: string
      readonly slots: number
      readonly contextTokens: number
      readonly threads: number
    }
  | {
      readonly kind: 'write'
      readonly prompt: string
      readonly tokens: number
      readonly parallel: number
      readonly rounds: number
    }

export type DirectResult = { readonly tokens: number; readonly ms: number; readonly text: string }

let model: LlamaModel
let sequences: readonly LlamaContextSequence[] = []

answerJobs<DirectJob, DirectResult>(async (job) => {
  if (job.kind === 'load') return load(job)
  const startedMs = performance.now()
  const written = await Promise.all(
    sequences.slice(0, job.parallel).map((sequence) => writeRounds(sequence, job)),
  )
  const texts = written.flat()
  return {
    tokens: texts.reduce((sum, { tokens }) => sum + tokens, 0),
    ms: performance.now() - startedMs,
    text: texts[0]?.text ?? '',
  }
})

async function load(job: DirectJob & { readonly kind: 'load' }): Promise<DirectResult> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: job.threads,
    logLevel: LlamaLogLevel.error,
  })
  model = await llama.loadModel({ modelPath: job.weights, gpuLayers: 0 })
  const { slots, contextTokens: contextSize, threads } = job
  const context = await model.createContext({ sequences: slots, contextSize, threads })
  sequences = Array.from({ length: slots }, () => context.getSequence())
  return { tokens: 0, ms: 0, text: '' }
}

async function writeRounds(sequence: LlamaContextSequence, job: DirectJob & { readonly kind: 'write' }) {
  const answers: { readonly tokens: number; readonly text: string }[] = []
  for (let round = 0; round < job.rounds; round += 1)
    answers.push(await write(sequence, job.prompt, job.tokens))
  return answers
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
