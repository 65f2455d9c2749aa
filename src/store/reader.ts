import { workerData } from 'node:worker_threads'
import { answerQuestions } from './answer-questions.ts'
import { openLogForReading } from './log-file.ts'
import { logReader } from './log-reader.ts'
import type { Question, ReaderStart } from './messages.ts'

/** The thread that answers questions about logs.db, started by read-thread.ts when one is asked. */
const start: ReaderStart = workerData
const database = openLogForReading(start.file)
const reader = logReader(database)

answerQuestions<Question>(
  (question) => {
    switch (question.kind) {
      case 'page':
        return reader.page(question.query)
      case 'find':
        return reader.find(question.id)
      case 'rollups':
        return reader.rollups(question.query)
      case 'oldest':
        return reader.oldest()
      default:
        return question satisfies never
    }
  },
  () => database.close(),
)
