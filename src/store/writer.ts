import { parentPort, workerData } from 'node:worker_threads'
import { openLogForWriting } from './log-file.ts'
import { logWriter, type LogWriter } from './log-writer.ts'
import type { FromWriter, ToWriter, WriterStart } from './messages.ts'
import { sayProblem } from './sqlite-problem.ts'
import { setMaxPages } from './statements.ts'

/** The thread that writes logs.db, started by write-queue.ts. The only one of this process that takes its write lock. */
const port = parentPort
if (port === null) throw new TypeError('writer.ts runs as a worker thread')
const say = (message: FromWriter): void => port.postMessage(message)
const start: WriterStart = workerData

try {
  const database = openLogForWriting(start.file, start.nowMs)
  if (start.maxPages !== null) database.exec(setMaxPages(start.maxPages))
  const writer = logWriter(database)
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'close') {
      database.close()
      port.close()
    } else {
      say(answer(writer, message))
    }
  })
  say({ kind: 'ready' })
} catch (error) {
  say({ kind: 'unusable', problem: sayProblem(error) })
}

function answer(writer: LogWriter, message: Exclude<ToWriter, { kind: 'close' }>): FromWriter {
  return message.kind === 'write' ? writer.write(message.rows) : writer.tidy(message.nowMs, message.limits)
}
