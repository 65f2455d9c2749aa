import type { Finding } from '../guard.ts'

/** Signs of an injection that are no words. Every search is linear: bounded repetitions, and none that may begin inside itself. */
export function structureFindings(text: string): readonly Finding[] {
  return [...roleMarkers(text), ...hiddenText(text), ...carryingImages(text)]
}

/** What marks a change of speaker in the templates of chat models: in a message it pretends to be one. */
function roleMarkers(text: string): Finding[] {
  if (!/[<[#]|^(?:system|human|assistant)/im.test(text)) return []
  const markers = [...text.matchAll(MARKER)]
  const count = new Set(markers.map(([marker]) => marker)).size
  return markers.map(({ 0: marker, index }) => {
    const isTemplate = /^(?:<\||\[|<<)/.test(marker)
    // A whole turn takes a marker at its beginning and one at its end; a question about one names it once.
    const weight = isTemplate ? (count > 1 ? 1 : 0.6) : 0.5
    return { what: 'role-marker', start: index, end: index + marker.length, weight }
  })
}

const MARKER =
  /<\|(?:im_start|im_end|system|user|assistant|start_header_id|end_header_id|eot_id|endoftext|begin_of_text|channel|message|end)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|system_prompt|instructions|assistant)>|^#{1,4} ?(?:system|instructions?|new instructions?)(?: prompt| message)?:?$|^(?:system|human|assistant)(?: prompt| message)?:\s/gim

/** Characters that a reader does not see and a model reads. */
function hiddenText(text: string): Finding[] {
  if (!UNSEEN.test(text)) return []
  const found = (what: string, pattern: RegExp, weight: number): Finding[] =>
    Array.from(text.matchAll(pattern), ({ 0: run, index }) => ({
      what,
      start: index,
      end: index + run.length,
      weight,
    }))
  return [
    ...found('hidden-tags', TAGS, 1),
    ...found('hidden-selectors', SELECTORS, 1),
    ...found('hidden-zero-width', ZERO_WIDTH, 0.6),
    ...found('hidden-zero-width', LONG_ZERO_WIDTH, 1),
    ...found('hidden-in-word', IN_WORD, 0.4),
    ...found('hidden-direction', DIRECTION, 0.4),
  ].toSorted((a, b) => a.start - b.start)
}

const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\udb40]/
/** ASCII once more, unseen. The flags of England, Scotland and Wales are a black flag, five of these and an end. */
const TAGS =
  /(?:\u{1f3f4}[\u{e0020}-\u{e007e}]{8}|(?<![\u{1f3f4}\u{e0020}-\u{e007e}])[\u{e0020}-\u{e007e}]{4})[\u{e0020}-\u{e007f}]*/gu
const SELECTORS = /[\u{e0100}-\u{e01ef}]{4,}/gu
/** Not the joiners, which Hindi, Marathi, Persian and emoji are written with. */
const ZERO_WIDTH = /[\u200b\u2060-\u2064\ufeff][\u200b-\u200d\u2060-\u2064\ufeff]{2,}/g
/** Eight are a letter written in bits. */
const LONG_ZERO_WIDTH = /[\u200b\u2060-\u2064\ufeff][\u200b-\u200d\u2060-\u2064\ufeff]{7,}/g
const IN_WORD = /(?<=[A-Za-z])[\u00ad\u200b-\u200d\u2060-\u2064\ufeff](?=[A-Za-z])/g
const DIRECTION = /[\u202d\u202e]/g

/** A picture whose address carries text: whoever shows the answer sends it to that address. */
function carryingImages(text: string): Finding[] {
  if (!text.includes('![') && !/<img/i.test(text)) return []
  return Array.from(text.matchAll(IMAGE)).flatMap(({ 0: image, 1: markdown, 2: html, index }) => {
    const address = markdown ?? html ?? ''
    const next = text.charAt(index + image.length)
    if (!carries(address, next)) return []
    return [{ what: 'carrying-image', start: index, end: index + image.length, weight: 1 }]
  })
}

const IMAGE =
  /!\[[^\][\n!]{0,200}\]\(\s{0,4}<?(https?:\/\/[^\s)>![\]"']{1,2000})|<img\s[^<>]{0,200}?src\s?=\s?["']?(https?:\/\/[^\s)<>![\]"']{1,2000})/gi

/** A value to be filled in, or one that is long enough to be something that was said. */
function carries(address: string, next: string): boolean {
  const query = address.slice(address.search(/[?#]/) + 1 || address.length)
  const isOpen = '[<{'.includes(next) && next !== '' && /[=/]$/.test(address)
  if (isOpen || /[{}$]|%7B/i.test(address)) return true
  if (/=(?:data|secret|chat|history|conversation|summary|base64|text|prompt|password|email)\b/i.test(query))
    return true
  return query.split(/[&;]/).some((pair) => pair.slice(pair.indexOf('=') + 1).length >= MIN_CARRIED_CHARS)
}

/** A token or a sentence; ids and sizes of pictures are shorter. */
const MIN_CARRIED_CHARS = 48
