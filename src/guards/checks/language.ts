import { guessLanguage, type Language } from '../../privacy/guess-language.ts'
import type { Found, WholeCheck } from '../guard.ts'

/**
 * That texts are in one of the languages. By script first, then by the small words that every sentence has: enough to tell
 * Hindi from Marathi, Arabic from Persian and Urdu, English from its neighbours. It cannot tell a language that is written in
 * Latin letters and has no sentence, nor Hindi written in them; what it cannot tell passes.
 */
export function languageCheck(languages: readonly Language[]): WholeCheck {
  return {
    kind: 'whole',
    name: 'language',
    judge: (pieces) =>
      pieces
        .filter(({ kind }) => kind !== 'tool-call' && kind !== 'tool')
        .flatMap(({ where, text }): Found[] => {
          const guess = guessLanguage(text)
          const fits = guess === 'unknown' || languages.some((language) => language === guess)
          return fits ? [] : [{ what: guess === 'other' ? 'another-language' : `language-${guess}`, where }]
        }),
  }
}
