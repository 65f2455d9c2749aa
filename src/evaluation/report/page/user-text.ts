import type { Words } from '../words.ts'
import { markup, type Markup } from './markup.ts'

/** A name that a user gave, with its own direction of writing, whole or with its middle left out. */
export function userText(text: string, most = MAX_CHARS): Markup {
  const shown = shortened(text, most)
  if (shown === text) return markup`<bdi>${text}</bdi>`
  return markup`<bdi title="${shortened(text, MAX_CHARS)}">${shown}</bdi>`
}

/** The same where there is little room: cut more on a narrow page than on a wide one, and never at the end only. */
export function fittedText(text: string, wide: number, narrow: number): Markup {
  if (shortened(text, narrow) === text) return userText(text)
  return markup`<span class="roomy">${userText(text, wide)}</span><span class="tight"><bdi>${shortened(text, narrow)}</bdi></span>`
}

/** Nobody reads a longer name, and a table of them would be the size of the page. */
const MAX_CHARS = 120

/** A letter with its marks is one character; a name of a megabyte is not taken apart first. */
const MAX_READ = 4096
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The middle goes: the names of models differ at both ends. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const characters = Array.from(graphemes.segment(text.slice(0, MAX_READ)), ({ segment }) => segment)
  if (characters.length <= most) return text
  const head = Math.ceil((most - 1) * 0.6)
  const tail = characters.slice(characters.length - (most - 1 - head))
  return `${characters.slice(0, head).join('')}…${tail.join('')}`
}

export function sentence(words: Words): Markup {
  return markup`${words.map((word) => (typeof word === 'string' ? unbroken(word) : userText(word.name)))}`
}

/** Keeps a figure and its unit on one line. */
export function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=%|points?\b|ms\b|s\b)/g, '\u00A0')
}
