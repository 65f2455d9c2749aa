import type { Recogniser, Shape, Verdict } from '../recogniser.ts'
import { hasCallingCode, isInternational, isNationalWithZero } from './phone-plans.ts'

const EXTENSION = '(?:,? ?(?:x|ext\\.?|extension) ?\\.?\\d{1,6})?'

const PHONE_WORDS = {
  en: 'phone, telephone, tel, mobile, cell, cellphone, fax, call, whatsapp, contact, number, phone number, hotline, sms, text, dial, ring, reach, landline',
  hi: 'फ़ोन, फोन, मोबाइल, दूरभाष, संपर्क, नंबर, व्हाट्सएप, कॉल',
  mr: 'फोन, मोबाईल, मोबाइल, दूरध्वनी, संपर्क, क्रमांक, व्हॉट्सअॅप',
  ar: 'هاتف, الهاتف, جوال, الجوال, موبايل, رقم الهاتف, رقم الجوال, واتساب, اتصل, فاكس',
  de: 'telefon, handy, mobil, rufnummer, telefonnummer',
  fr: 'téléphone, portable, mobile, tél',
  es: 'teléfono, móvil, celular, llame',
  pt: 'telefone, celular, telemóvel',
  it: 'telefono, cellulare',
  tr: 'telefon, cep',
  fil: 'telepono',
} as const

const shapes: readonly Shape[] = [
  {
    pattern: new RegExp(`\\(?\\+\\(?\\d{1,4}\\)?(?:[ ./-]{0,2}\\(?\\d{1,12}\\)?){1,7}${EXTENSION}`, 'i'),
    score: 0.75,
    accept: (text) => acceptPlus(text),
  },
  {
    pattern: new RegExp(`00[1-9]\\d{0,2}(?:[ ./-]\\(?\\d{1,8}\\)?){1,6}${EXTENSION}`, 'i'),
    score: 0.5,
    accept: acceptZeros,
  },
  { pattern: new RegExp(`(?:1[ .-]?)?\\(\\d{3}\\)[ .-]?\\d{3}[ .-]?\\d{4}${EXTENSION}`, 'i'), score: 0.7 },
  { pattern: new RegExp(`(?:1[ .-])?\\d{3}-\\d{3}-\\d{4}${EXTENSION}`, 'i'), score: 0.6 },
  { pattern: new RegExp(`(?:1[ .])?\\d{3}\\.\\d{3}\\.\\d{4}${EXTENSION}`, 'i'), score: 0.5 },
  { pattern: new RegExp(`(?:1 )?[2-9]\\d{2} [2-9]\\d{2}[ -]\\d{4}${EXTENSION}`, 'i'), score: 0.45 },
  { pattern: new RegExp(`\\d{10}(?:x|ext\\.?) ?\\d{1,6}`, 'i'), score: 0.6 },
  {
    pattern: new RegExp(
      `\\(?0\\d{1,5}\\)?(?:[ ./-]{1,3}\\d{2,8}(?: \\d{2,8}){0,4}|(?:\\.\\d{2,4}){2,5}|(?:-\\d{2,8}){2,5})${EXTENSION}`,
      'i',
    ),
    score: 0.45,
    accept: acceptZero,
  },
  { pattern: /\(0\d{1,4}\)\d{4,8}/, score: 0.45, accept: acceptZero },
  { pattern: /0\d{8,10}/, score: 0.3, accept: acceptZero },
  { pattern: /[6-9]\d{4}[ -]\d{5}/, score: 0.45 },
  { pattern: /\(?[1-9]\d\)? ?9?\d{4}-\d{4}/, score: 0.4 },
  { pattern: /[6-9]\d{9}|[2-9]\d{2}[2-9]\d{6}|1[2-9]\d{2}[2-9]\d{6}/, score: 0.3 },
  // Any grouping that a word of context makes a phone number.
  { pattern: /\(?\d{2,5}\)?(?:[ .-]\d{2,5}){1,5}|\d{7,11}/, score: 0.1, near: 12, accept: acceptGrouped },
]

export const phones: readonly Recogniser[] = [
  {
    entity: 'PHONE_NUMBER',
    kind: 'contact',
    sensitivity: 2,
    regions: [],
    shapes,
    checksum: false,
    near: 40,
    context: PHONE_WORDS,
  },
  {
    entity: 'PH_MOBILE_NUMBER',
    kind: 'contact',
    sensitivity: 2,
    regions: ['PH'],
    shapes: [{ pattern: /(?:\+63[ -]?|0[ -]?)\(?9\d{2}\)?[ -]?\d{3}[ -]?\d{4}/, score: 0.3 }],
    checksum: false,
    near: 24,
    context: {
      fil: 'telepono, numero',
      en: 'philippine, philippines, globe, smart',
    },
  },
  {
    entity: 'TR_PHONE_NUMBER',
    kind: 'contact',
    sensitivity: 2,
    regions: ['TR'],
    shapes: [
      { pattern: /(?:\+90[ -]?|0[ -]?)?\(?[2-5]\d{2}\)?[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}/, score: 0.3 },
    ],
    checksum: false,
    near: 24,
    context: {
      tr: 'cep, telefon, gsm, cep telefonu, cep no',
      en: 'turkish',
    },
  },
]

/** Without the extension. */
function digitsOf(text: string): string {
  let digits = ''
  for (const letter of text) {
    if (letter === 'x' || letter === 'X' || letter === 'e' || letter === 'E') break
    if (letter >= '0' && letter <= '9') digits += letter
  }
  return digits
}

function acceptPlus(text: string): Verdict {
  const digits = digitsOf(text)
  if (!isBalanced(text)) return false
  if (isInternational(digits)) return null
  // Not as many digits as the country has, and still what somebody wrote behind a `+`.
  const open = /[ .-]\d{1,4}$/.test(text) ? digits.length >= 9 : digits.length >= 8
  return open && digits.length <= 13 && !digits.startsWith('1') && hasCallingCode(digits)
    ? null
    : shortAmerican(digits)
}

/** One digit of an American number forgotten, or one too many. */
function shortAmerican(digits: string): Verdict {
  return digits.startsWith('1') && (digits.length === 10 || digits.length === 12) ? null : false
}

function acceptZeros(text: string): Verdict {
  return isInternational(digitsOf(text).slice(2)) && isBalanced(text) ? null : false
}

function acceptZero(text: string): Verdict {
  return isNationalWithZero(digitsOf(text)) && isBalanced(text) ? null : false
}

function acceptGrouped(text: string): Verdict {
  const { length } = digitsOf(text)
  return length >= 7 && length <= 13 && isBalanced(text) ? null : false
}

/** Brackets around the whole are the sentence's. */
function isBalanced(text: string): boolean {
  if (!text.includes('(')) return !text.includes(')')
  if (text.startsWith('(') && text.endsWith(')')) return false
  return text.split('(').length === text.split(')').length
}
