import { RE2JS, RE2JSSyntaxException } from 're2js'
import { invalid } from '../../core/errors.ts'
import { MAX_SPAN_CHARS, type DataKind, type Found, type Recogniser } from './recogniser.ts'

/** An entity of the user's own, such as the file numbers of a firm. */
export type CustomRecogniser = {
  /** Capitals, digits and underscores: `ACME_FILE_NUMBER`. */
  readonly entity: string
  /** In RE2 syntax: no back-references and no lookaround, so it takes linear time whatever the text. */
  readonly pattern: string
  /** Words one of which has to stand near; absent: none has to. */
  readonly context?: readonly string[]
  /** 0..1; default 0.6. */
  readonly score?: number
  readonly kind?: DataKind
  readonly sensitivity?: Recogniser['sensitivity']
}

/** @throws MusivumError `request.invalid`, naming the recogniser and what is wrong with it */
export function compileCustom(custom: CustomRecogniser): Recogniser {
  const { entity, pattern, context = [], score = 0.6, kind = 'custom', sensitivity = 3 } = custom
  if (!/^[A-Z][A-Z0-9_]{1,63}$/.test(entity))
    throw invalid(
      `recogniser "${entity.slice(0, 64)}": expected a name of capitals, digits and underscores, such as FILE_NUMBER`,
    )
  if (!(score >= 0 && score <= 1))
    throw invalid(`recogniser ${entity}: score ${score}: expected a number from 0 to 1`)
  const whole = finderOf(compiled(entity, pattern), context.length === 0 ? score : Math.min(score, BELOW_ANY))
  return {
    entity,
    kind,
    sensitivity,
    regions: [],
    checksum: false,
    context: { en: context.join(', ') },
    whole,
  }
}

/** With words of context a match alone is nothing. */
const BELOW_ANY = 0.05

const MAX_PATTERN_CHARS = 1_000

function compiled(entity: string, pattern: string): RE2JS {
  if (pattern === '' || pattern.length > MAX_PATTERN_CHARS)
    throw invalid(
      `recogniser ${entity}: the pattern has ${pattern.length} characters; expected 1 to ${MAX_PATTERN_CHARS}`,
    )
  const made = attempt(entity, pattern)
  if (made.matches(''))
    throw invalid(`recogniser ${entity}: the pattern matches the empty text; expected at least one character`)
  return made
}

function attempt(entity: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (thrown) {
    if (!(thrown instanceof RE2JSSyntaxException)) throw thrown
    throw invalid(`recogniser ${entity}: the pattern is no RE2 expression: ${thrown.message}`)
  }
}

/** A match that is longer than any recogniser may find is cut there. */
function finderOf(pattern: RE2JS, score: number): (text: string, found: Found) => void {
  return (text, found) => {
    const matcher = pattern.matcher(text)
    while (matcher.find()) {
      const start = matcher.start()
      const end = Math.min(matcher.end(), start + MAX_SPAN_CHARS)
      if (end > start) found(start, end, score)
    }
  }
}
