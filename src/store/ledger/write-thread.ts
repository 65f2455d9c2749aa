import { parentPort, workerData } from 'node:worker_threads'
import { sayProblem } from '../sqlite-problem.ts'
import { setMaxPages } from '../statements.ts'
import { openLedgerForWriting } from './ledger-file.ts'
import type { FromLedgerWriter, LedgerWriterStart, ToLedgerWriter } from './ledger-messages.ts'
import { ledgerWriter } from './ledger-writer.ts'
import { lastBatch } from './statements.ts'

/** The thread that writes ledger.db, started by ledger-queue.ts. */
const port = parentPort
if (port === null) throw new TypeError('ledger/write-thread.ts runs as a worker thread')
const say = (message: FromLedgerWriter): void => port.postMessage(message)
const start: LedgerWriterStart = workerData

try {
  const database = openLedgerForWriting(start.file, start.nowMs)
  if (start.maxPages !== null) database.exec(setMaxPages(start.maxPages))
  const writer = ledgerWriter(database)
  port.on('message', (message: ToLedgerWriter) => {
    if (message.kind === 'close') {
      database.close()
      port.close()
    } else {
      say(message.kind === 'write' ? writer.write(message) : writer.tidy(message.beforeMs))
    }
  })
  say({ kind: 'ready', lastBatch: Number(database.prepare(lastBatch).get()?.['number']) })
} catch (error) {
  say({ kind: 'unusable', problem: sayProblem(error) })
}
