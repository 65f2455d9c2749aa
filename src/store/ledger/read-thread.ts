import { workerData } from 'node:worker_threads'
import { answerQuestions } from '../answer-questions.ts'
import type { ReaderStart } from '../messages.ts'
import { openLedgerForReading } from './ledger-file.ts'
import type { LedgerQuestion } from './ledger-messages.ts'
import { ledgerReader } from './ledger-reader.ts'

/** The thread that answers questions about ledger.db, so that a year of sums delays no answer of a model. */
const start: ReaderStart = workerData
const database = openLedgerForReading(start.file)
const reader = ledgerReader(database)

answerQuestions<LedgerQuestion>(
  (question) => {
    switch (question.kind) {
      case 'lines':
        return reader.linesOf(question.requestId)
      case 'settlements':
        return reader.settlementsOf(question.requestId)
      case 'spend':
        return reader.spend(question.query)
      default:
        return question satisfies never
    }
  },
  () => database.close(),
)
