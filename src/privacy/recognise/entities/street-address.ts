import type { Found, Recogniser } from '../recogniser.ts'

/** House number, and the first letter of a name: the rest is read by code, because letters of names are not all ASCII. */
const NUMBER_FIRST = /\d{1,5}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?,? [A-Z]/

/**
 * Where somebody lives, as it stands on an envelope: house number and street, and town and postcode where they follow. A number
 * before `Street` alone is as often a year or a count, so it takes a word of context; with a town and its postcode it takes none.
 */
export const streetAddress: Recogniser = {
  entity: 'STREET_ADDRESS',
  kind: 'place',
  sensitivity: 2,
  regions: ['US', 'GB', 'IN', 'DE', 'FR'],
  shapes: [
    { pattern: NUMBER_FIRST, score: 0.6, certain: true, extend: wholeEnd },
    { pattern: NUMBER_FIRST, score: 0.2, extend: streetEnd },
    {
      pattern: /\d{1,4}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|chemin|impasse|quai) /i,
      score: 0.5,
      extend: frenchEnd,
    },
    { pattern: /P\.? ?O\.? Box \d{1,6}|Postfach \d{1,6}(?: \d{2})?/i, score: 0.5 },
  ],
  whole: german,
  specific: true,
  checksum: false,
  near: 40,
  context: {
    en: 'address, home address, mailing address, billing address, shipping address, residence, residing, resides, lives at, living at, deliver to, delivery, located at',
    hi: 'पता, निवास, निवासी',
    mr: 'पत्ता, निवास, राहणार',
    ar: 'العنوان, عنوان, يسكن',
    de: 'adresse, anschrift, wohnhaft, wohnt, lieferadresse',
    fr: 'adresse, domicile, domicilié, habite, demeurant',
    es: 'dirección, domicilio, reside',
  },
}

const TYPES = `Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Terrace|Ter|Place|Pl|Way|Parkway|Pkwy|Highway|Hwy|Square|Sq|Close|Crescent|Gardens|Grove|Mews|Row|Trail|Nagar|Marg|Chowk|Salai|Vihar|Colony|Layout`

const STATES = `A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]`

const WORD = `\\p{Lu}[\\p{L}\\p{M}'’.-]{0,20}`

const STREET = `\\d{1,5}[A-Za-z]?(?:[/-]\\d{1,4}[A-Za-z]?)?,? (?:${WORD} ){1,4}(?:${TYPES})(?![\\p{L}\\d])\\.?(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor)\\.? ?#?\\w{1,5}|,? #\\w{1,5})?`

/** Town and state, with or without ZIP code; town and UK postcode; town and Indian PIN code. */
const TOWN = `(?:,? |,?\\n)(?:${WORD},? ){1,4}(?:(?:${STATES})(?![\\p{L}\\d])(?:,? \\d{5}(?:-\\d{4})?)?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[-–]? ?[1-9]\\d{2} ?\\d{3})(?![\\p{L}\\d])`

const WHOLE = new RegExp(STREET + TOWN, 'uy')
const STREET_ONLY = new RegExp(STREET, 'uy')

function wholeEnd(text: string, start: number): number {
  return endOf(WHOLE, text, start)
}

function streetEnd(text: string, start: number): number {
  return endOf(STREET_ONLY, text, start)
}

const FRENCH =
  /\d{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Qq]uai) (?:(?:de|du|des|la|le|les) |d['’]|l['’]){0,3}\p{Lu}[\p{L}'’-]{1,20}(?: \p{Lu}[\p{L}'’-]{1,20}){0,3}(?:,? \d{5} \p{Lu}[\p{L}'’-]{1,25})?/uy

function frenchEnd(text: string, start: number): number {
  return endOf(FRENCH, text, start)
}

/** What matches from `start` has some 150 characters at most: every part is bounded. */
function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : -1
}

/**
 * In German the street comes first, and what says that it is one is its end. `Hauptstraße 7` is one wherever it stands; `weg` and
 * `platz` end other words as well, and take a postcode or a word of context.
 */
function german(text: string, found: Found): void {
  for (const { index, 0: end, 1: sure, 2: town } of text.matchAll(GERMAN)) {
    const from = Math.max(0, index - LONGEST_STREET)
    const name = STREET_NAME.exec(text.slice(from, index))
    const score = town !== undefined ? 0.6 : sure !== undefined ? 0.45 : 0.2
    if (name !== null && name[0] !== '') found(from + name.index, index + end.length, score)
  }
}

const GERMAN =
  /(?:([Ss]tra(?:ß|ss)e|str\.)|platz|allee|gasse|weg) \d{1,4}(?:[ -]?[a-z])?(?![\p{L}\d])(,? (?:D-)?\d{5} \p{Lu}[\p{L}-]{1,25})?/gu

/** `König`, `Berliner `, `Alte Berliner `. */
const STREET_NAME = /(?<![\p{L}\d])(?:\p{Lu}[\p{L}.]{1,20}[ -]){0,2}(?:\p{Lu}\p{Ll}{2,25})?$/u

const LONGEST_STREET = 60
