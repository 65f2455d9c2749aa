import { foldLoosely } from './fold-text.ts'
import { indexOfPhrase } from './index-of-phrase.ts'

export type ReadChoice =
  | { readonly kind: 'chosen'; readonly place: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' }

/**
 * Finds which option an output takes, by place. `texts` are the options in words, as `foldLoosely` leaves them: none
 * where only labels are known, '' for an option that words cannot name.
 */
export type ChoiceReader = (output: string, texts: readonly string[], take: 'first' | 'last') => ReadChoice

/**
 * Looks for a choice in the clearest form first, and at the next form only where an earlier one is absent:
 *
 * 1. the whole output: "C", "(c)", "Option C.", the option in words;
 * 2. `\boxed{C}`; 3. "the answer is (C)", "Answer: yes" — of several such statements the last, or the first;
 * 4. "C is correct"; 5. "I choose C", "option C"; 6. a first or last line of nothing but a choice;
 * 7. lines that begin "C." or "(c)"; 8. "(C)" anywhere; 9. "Yes, because …"; 10. the option in words, four letters at
 * least, anywhere.
 *
 * Two different choices in one form are ambiguous, but for statements. A bare letter inside a sentence is never a
 * choice: "A patient", "hepatitis C" and "I" are words.
 */
export function choiceReader(labels: readonly string[]): ChoiceReader {
  const patterns = patternsOf(labels)
  const looks = [
    inAll,
    inBox,
    inStatement,
    inVerdict,
    inMention,
    inEndLine,
    inLineStart,
    inBrackets,
    inFirstWord,
    inWords,
  ]
  return (output, texts, take) => {
    const text = plainText(output)
    for (const look of looks) {
      const found = look(text, { texts, patterns, take })
      if (found.length > 0) return verdict(found)
    }
    return { kind: 'none' }
  }
}

/** Stands for a statement that names two choices. */
const SEVERAL = -1

function verdict(found: readonly number[]): ReadChoice {
  const [place = SEVERAL, ...others] = new Set(found)
  return place === SEVERAL || others.length > 0 ? { kind: 'ambiguous' } : { kind: 'chosen', place }
}

/** Without Markdown and LaTeX around the words, full-width letters as plain ones. */
function plainText(output: string): string {
  return output
    .normalize('NFKC')
    .replace(/\\(?:text|textbf|mathrm|mathbf)\s?\{([^{}]{0,200})\}/g, '$1')
    .replace(/\\[()[\]]|[*`$]|__/g, '')
    .trim()
}

type Looking = {
  readonly texts: readonly string[]
  readonly patterns: Patterns
  readonly take: 'first' | 'last'
}
type Patterns = {
  readonly whole: RegExp
  readonly stated: RegExp
  readonly judged: RegExp
  readonly mentioned: RegExp
  readonly lineStart: RegExp
  readonly bracketed: RegExp
  readonly placeOf: ReadonlyMap<string, number>
}

const NO_WORD_BEFORE = String.raw`(?<![\p{L}\p{M}\p{N}])`
const NO_WORD_AFTER = String.raw`(?![\p{L}\p{M}\p{N}]|['’]\p{L})`

function patternsOf(labels: readonly string[]): Patterns {
  const placeOf = new Map(labels.map((label, place) => [label.toLowerCase(), place]))
  const exact = alternatives(labels)
  const either = alternatives([...labels, ...labels.map((label) => label.toLowerCase())])
  const bracketed = String.raw`[([{]\s?(?<inside>${either})\s?[)\]}]`
  // A small letter counts only where the sentence ends after it: "the answer is a matter of taste".
  const bare = String.raw`["'“]?(?:(?<bare>${exact})${NO_WORD_AFTER}|(?<small>${either})(?=\s*(?:[.,;)"'”]|$|\n)))`
  const another = String.raw`\s?(?:,|\/|&|\+|or|and|oder|und|ou|et|o|y|या|और|أو|و)\s?[([]?(?:${exact})[)\]]?(?=\s*(?:[.,;)\n]|$|or|and))`
  return {
    placeOf,
    whole: new RegExp(
      String.raw`^(?:(?:option|choice|answer|letter)\s?[:.]?\s?)?["'“([{]?\s?(?<inside>${either})\s?["'”)\]}]?[.:,;!]?$`,
      'iu',
    ),
    stated: new RegExp(
      String.raw`^\s*(?:the\s)?(?:(?:option|choice|letter)\s)?(?:${bracketed}|${bare})[)\]"'”]?(?<another>${another})?`,
      'u',
    ),
    judged: new RegExp(
      String.raw`(?:${bracketed}|${NO_WORD_BEFORE}(?<bare>${exact}))\s(?:is|must be|would be)\s(?:the\s)?(?:most\s)?(?:correct|right|best)`,
      'gu',
    ),
    mentioned: new RegExp(
      String.raw`${NO_WORD_BEFORE}(?:[Oo]ption|[Cc]hoice|choose|chose|select|pick|go with|going with)\s(?:option\s|choice\s)?(?:${bracketed}|(?<bare>${exact})${NO_WORD_AFTER})`,
      'gu',
    ),
    lineStart: new RegExp(
      String.raw`^[ \t>•-]*(?:(?:[Oo]ption|[Cc]hoice)\s)?(?:${bracketed}|(?<bare>${exact})\s?[.):–—-]|(?<small>${either})\))(?=\s|$)`,
      'gmu',
    ),
    bracketed: new RegExp(String.raw`\(\s?(?<bare>${exact})\s?\)`, 'gu'),
  }
}

function alternatives(labels: readonly string[]): string {
  const longestFirst = [...new Set(labels)].sort((a, b) => b.length - a.length)
  return longestFirst.map((label) => label.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join('|')
}

function placesOf(matches: Iterable<RegExpExecArray | null>, { placeOf }: Patterns): readonly number[] {
  return Array.from(matches).flatMap((match) => {
    const { inside, bare, small } = match?.groups ?? {}
    const label = inside ?? bare ?? small
    const place = label === undefined ? undefined : placeOf.get(label.toLowerCase())
    return place === undefined ? [] : [place]
  })
}

function inAll(text: string, looking: Looking): readonly number[] {
  return wholly(text, looking)
}

/** The choice that a text is, label or words, with nothing else in it. */
function wholly(text: string, { texts, patterns }: Looking): readonly number[] {
  if (text.length > MAX_CHOICE_CHARS) return []
  const folded = foldLoosely(text)
  const words = folded === '' ? -1 : texts.indexOf(folded)
  return words >= 0 ? [words] : placesOf([patterns.whole.exec(text.trim())], patterns)
}

/** An option is a phrase or a sentence; what is longer by far holds more than one. */
const MAX_CHOICE_CHARS = 4000

function inBox(text: string, looking: Looking): readonly number[] {
  const boxes = Array.from(text.matchAll(/\\boxed\s?\{\s?([^{}]{1,400})\}/g), ([, inside = '']) =>
    inside.trim(),
  )
  return oneOf(
    boxes.map((inside) => wholly(inside, looking)[0] ?? SEVERAL),
    looking,
  )
}

const ANSWER =
  'answer|ans|(?:correct|right|best) (?:option|choice|one)|respuesta|réponse|antwort|उत्तर|जवाब|पर्याय|الإجابة|الاجابة|الجواب'
const STATES = String.raw`\b(?:is|was|be|es|est|ist|lautet)(?=[\s:(])|[:=]|है|आहे|هي|هو`
const STATEMENT = new RegExp(String.raw`(?<=(?<!\p{L})(?:${ANSWER})[^.\n:?!]{0,60})(?:${STATES})`, 'giu')

/** As much of what follows a statement as an option can fill. */
const MAX_STATED_CHARS = 400

function inStatement(text: string, looking: Looking): readonly number[] {
  const found = Array.from(text.matchAll(STATEMENT), ({ index, 0: { length } }) =>
    statedAt(text.slice(index + length, index + length + MAX_STATED_CHARS), looking),
  )
  return oneOf(
    found.filter((place) => place !== undefined),
    looking,
  )
}

function oneOf(found: readonly number[], { take }: Looking): readonly number[] {
  const place = take === 'last' ? found.at(-1) : found[0]
  return place === undefined ? [] : [place]
}

function statedAt(rest: string, looking: Looking): number | undefined {
  const words = leadingWords(rest.replace(/^[\s:"'“(]+/, ''), looking.texts, AFTER_STATED)
  if (words !== undefined) return words
  const match = looking.patterns.stated.exec(rest)
  return match?.groups?.['another'] === undefined ? placesOf([match], looking.patterns)[0] : SEVERAL
}

// "no longer" and "no evidence" are not the answer "no".
const AFTER_STATED = /^(?:\s*$|\s*[.,;:!)\]"'”\n–—-]|\s+(?:because|since|as|based|given|due)\b)/u
const AFTER_FIRST = /^(?:\s*$|[.,;:!\n]|\s+[–—-])/u

/** The longest option in words that `text` begins with and that ends as `after` demands. */
function leadingWords(text: string, texts: readonly string[], after: RegExp): number | undefined {
  const small = text.toLowerCase()
  const fits = texts.flatMap((option, place) =>
    option !== '' && small.startsWith(option) && after.test(small.slice(option.length)) ? [place] : [],
  )
  return fits.sort((a, b) => (texts[b]?.length ?? 0) - (texts[a]?.length ?? 0))[0]
}

function inVerdict(text: string, { patterns }: Looking): readonly number[] {
  return placesOf(text.matchAll(patterns.judged), patterns)
}

function inMention(text: string, { patterns }: Looking): readonly number[] {
  return placesOf(text.matchAll(patterns.mentioned), patterns)
}

function inEndLine(text: string, looking: Looking): readonly number[] {
  const lines = [text.slice(0, text.indexOf('\n')), text.slice(text.lastIndexOf('\n') + 1)]
  return text.includes('\n') ? lines.flatMap((line) => wholly(line, looking)) : []
}

function inLineStart(text: string, { patterns }: Looking): readonly number[] {
  return placesOf(text.matchAll(patterns.lineStart), patterns)
}

function inBrackets(text: string, { patterns }: Looking): readonly number[] {
  return placesOf(text.matchAll(patterns.bracketed), patterns)
}

function inFirstWord(text: string, { texts }: Looking): readonly number[] {
  const place = leadingWords(text, texts, AFTER_FIRST)
  return place === undefined ? [] : [place]
}

/** Shorter options ("no", "12") are in half of all sentences. */
const MIN_MENTIONED_CHARS = 4

function inWords(text: string, { texts }: Looking): readonly number[] {
  const folded = foldLoosely(text)
  const found = [...texts.keys()].filter((place) => {
    const option = texts[place] ?? ''
    return option.length >= MIN_MENTIONED_CHARS && indexOfPhrase(folded, option) >= 0
  })
  // "heart" is no choice of its own inside "heart failure".
  const isPart = (place: number): boolean =>
    found.some((other) => other !== place && indexOfPhrase(texts[other] ?? '', texts[place] ?? '') >= 0)
  return found.filter((place) => !isPart(place))
}
