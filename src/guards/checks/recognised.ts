import { recognisers } from '../../privacy/recognise/recognisers.ts'
import { createRecognise, type Recognise, type RecogniseOptions } from '../../privacy/recognise/recognise.ts'
import type { Find, LocalCheck } from '../guard.ts'
import { REMOVED } from '../replace-findings.ts'

/** Keys, tokens, passwords, private keys and connection strings. */
export function secretsCheck(options: Pick<RecogniseOptions, 'allow' | 'threshold'> = {}): LocalCheck {
  return recognisedCheck('secrets', createRecognise({ entities: SECRETS, ...options }))
}

/** Personal data; all entities unless some are named, secrets excepted, which have a check of their own. */
export function personalDataCheck(options: RecogniseOptions = {}): LocalCheck {
  const recognise = createRecognise(options)
  if (options.entities !== undefined) return recognisedCheck('personal-data', recognise)
  return recognisedCheck('personal-data', (text) =>
    recognise(text).filter(({ entity }) => !SECRETS.includes(entity)),
  )
}

const SECRETS: readonly string[] = recognisers
  .filter(({ kind }) => kind === 'secret')
  .map(({ entity }) => entity)

// A card number with the words around it that say what it is has fewer than a hundred characters.
const WINDOW = 256

function recognisedCheck(name: string, recognise: Recognise): LocalCheck {
  const find: Find = (text) =>
    recognise(text)
      .filter(({ start }) => !text.startsWith(REMOVED, start))
      .map(({ entity, start, end }) => ({ what: entity, start, end, weight: 1 }))
  return { kind: 'local', name, window: WINDOW, threshold: 1, open: () => find }
}
