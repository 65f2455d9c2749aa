import { parentPort, workerData } from 'node:worker_threads'
import { openLogForReading } from './log-file.ts'
import { logReader } from './log-reader.ts'
import type { FromReader, Question, ReaderStart, ToReader } from './messages.ts'
import { sayProblem } from './sqlite-problem.ts'

/** The thread that answers questions about logs.db, started by read-thread.ts when one is asked. */
const port = parentPort
if (port === null) throw new TypeError('reader.ts runs as a worker thread')
const start: ReaderStart = workerData
const database = openLogForReading(start.file)
const reader = logReader(database)

port.on('message', (message: ToReader) => {
  if (message.kind === 'close') {
    database.close()
    port.close()
  } else {
    port.postMessage(reply(message.number, message.question))
  }
})

function reply(number: number, question: Question): FromReader {
  try {
    return { kind: 'answer', number, json: JSON.stringify(answer(question)) }
  } catch (error) {
    return { kind: 'failed', number, problem: sayProblem(error) }
  }
}

function answer(question: Question): unknown {
  switch (question.kind) {
    case 'page':
      return reader.page(question.query)
    case 'find':
      return reader.find(question.id)
    case 'rollups':
      return reader.rollups(question.query)
    default:
      return question satisfies never
  }
}
