import { RE2JS, RE2JSSyntaxException } from 're2js'
import { invalid } from '../../core/errors.ts'
import type { Find, Finding, LocalCheck } from '../guard.ts'
import { phraseMatcher, wordsOf } from './phrase-matcher.ts'

/** What must not be spoken of. */
export type DeniedTopic = {
  /** For the decision and the message. */
  readonly topic: string
  /** Words and phrases, whole words, whatever their case, in any script. */
  readonly words?: readonly string[]
  /** In RE2 syntax: no back-references and no lookaround, so that it takes linear time whatever the text. */
  readonly pattern?: string
}

/** @throws MusivumError `request.invalid`, naming the topic and what is wrong with it */
export function denyCheck(topics: readonly DeniedTopic[]): LocalCheck {
  const phrases = topics.flatMap(({ topic, words = [] }) =>
    words.map((phrase) => ({ what: topic, weight: 1, slots: slotsOf(topic, phrase) })),
  )
  const finds = [
    ...(phrases.length > 0 ? [phraseMatcher(phrases)] : []),
    ...topics.flatMap(({ topic, pattern }) => (pattern === undefined ? [] : [patternFinder(topic, pattern)])),
  ]
  const find: Find = (text) => finds.flatMap((each) => each(text)).sort((a, b) => a.start - b.start)
  return { kind: 'local', name: 'deny', window: WINDOW, threshold: 1, open: () => find }
}

/** Longer than any phrase one would write down; what a pattern matches beyond it is not promised on a stream. */
const WINDOW = 512

function slotsOf(topic: string, phrase: string) {
  const words = wordsOf(phrase).filter((word) => word !== '')
  if (words.length === 0) throw invalid(`topic ${topic}: a phrase has no word in it; use a pattern for signs`)
  return words.map((word) => ({ words: [word], gap: 0 }))
}

const MAX_PATTERN_CHARS = 1_000

function patternFinder(topic: string, pattern: string): Find {
  if (pattern.length > MAX_PATTERN_CHARS)
    throw invalid(
      `topic ${topic}: the pattern has ${pattern.length} characters; expected at most ${MAX_PATTERN_CHARS}`,
    )
  const compiled = compile(topic, pattern)
  if (compiled.matches(''))
    throw invalid(`topic ${topic}: the pattern matches the empty text; expected at least one character`)
  return (text) => {
    // Whether there is a match at all is told three times as fast as where it is.
    if (!compiled.test(text)) return []
    const found: Finding[] = []
    const matcher = compiled.matcher(text)
    while (matcher.find())
      if (matcher.end() > matcher.start())
        found.push({ what: topic, start: matcher.start(), end: matcher.end(), weight: 1 })
    return found
  }
}

function compile(topic: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (thrown) {
    if (!(thrown instanceof RE2JSSyntaxException)) throw thrown
    throw invalid(`topic ${topic}: the pattern is no RE2 expression: ${thrown.getDescription()}`)
  }
}
