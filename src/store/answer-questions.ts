import { parentPort } from 'node:worker_threads'
import type { FromReader, ToReader } from './messages.ts'
import { sayProblem } from './sqlite-problem.ts'

/** The loop of a thread that was started by read-thread.ts: each question is answered in its turn, until it is told to close. */
export function answerQuestions<Asked>(answer: (question: Asked) => unknown, close: () => void): void {
  const port = parentPort
  if (port === null) throw new TypeError('questions are answered in a worker thread')
  port.on('message', (message: ToReader<Asked>) => {
    if (message.kind === 'close') {
      close()
      port.close()
    } else {
      port.postMessage(reply(message.number, () => answer(message.question)))
    }
  })
}

function reply(number: number, answer: () => unknown): FromReader {
  try {
    return { kind: 'answer', number, json: JSON.stringify(answer()) }
  } catch (error) {
    return { kind: 'failed', number, problem: sayProblem(error) }
  }
}
