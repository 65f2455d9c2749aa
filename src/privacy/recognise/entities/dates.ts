import { isDate } from '../checksums.ts'
import type { Recogniser, Shape, Verdict } from '../recogniser.ts'

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const MON = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)'
const DAY = '\\d{1,2}(?:st|nd|rd|th)?'
const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?'
const ZONE = '(?:z|[+-]\\d{2}:?\\d{2})?'

/** Years in four digits; without one, or as month and year alone, a date says little and looks like other things. */
const shapes: readonly Shape[] = [
  { pattern: new RegExp(`\\d{4}-\\d{2}-\\d{2}(?:t| )${CLOCK}${ZONE}`, 'i'), score: 0.8, accept: yearFirst },
  {
    pattern: /\d{4}-\d{1,2}-\d{1,2}|\d{4}\/\d{1,2}\/\d{1,2}|\d{4}\.\d{1,2}\.\d{1,2}/,
    score: 0.6,
    accept: yearFirst,
  },
  {
    pattern: new RegExp(
      `\\d{1,2}/\\d{1,2}/\\d{4}(?: ${CLOCK})?|\\d{1,2}-\\d{1,2}-\\d{4}|\\d{1,2}\\.\\d{1,2}\\.\\d{4}`,
    ),
    score: 0.6,
    accept: yearLast,
  },
  { pattern: /\d{1,2}\/\d{1,2}\/\d{2}|\d{1,2}-\d{1,2}-\d{2}/, score: 0.6, accept: yearLast },
  { pattern: /\d{2}\.\d{2}\.\d{2}/, score: 0.3, accept: yearLast },
  { pattern: new RegExp(`\\d{1,2}-${MONTH}-(?:\\d{4}|\\d{2})|${MON}-\\d{2}`, 'i'), score: 0.6 },
  { pattern: new RegExp(`${MONTH}\\.? ${DAY},? \\d{4}`, 'i'), score: 0.6 },
  { pattern: new RegExp(`${DAY} (?:of )?${MONTH}\\.?,? \\d{4}`, 'i'), score: 0.6 },
  {
    pattern: new RegExp(`\\d{1,2}-${MON}|${MONTH} ${DAY}|${DAY} ${MONTH}|${MONTH}-\\d{4}`, 'i'),
    score: 0.25,
  },
  { pattern: new RegExp(`${MONTH},? \\d{4}`, 'i'), score: 0.2 },
  { pattern: /\d{1,2}\/\d{4}/, score: 0.2, accept: (text) => inRange(text.split('/')[0], 1, 12) },
  { pattern: /\d{1,2}\/\d{1,2}/, score: 0.1, accept: dayAndMonth },
  { pattern: /\d{1,2}/, score: 0.6, extend: namedMonthEnd },
]

const BIRTH_WORDS = {
  en: 'born, dob, d.o.b, date of birth, birth, birthday, birthdate, birth date',
  hi: 'जन्म, जन्म तिथि, जन्मतिथि, जन्म तारीख',
  mr: 'जन्म, जन्मतारीख, जन्म तारीख, जन्मदिनांक, जन्म दिनांक',
  ar: 'الميلاد, تاريخ الميلاد, ولد, مواليد, ولدت',
  de: 'geboren, geburtsdatum, geb, geburtstag',
  fr: 'né, née, naissance, date de naissance',
  es: 'nacimiento, fecha de nacimiento, nacido, nacida',
  it: 'nascita, data di nascita, nato, nata',
  pt: 'nascimento, data de nascimento, nascido, nascida',
} as const

/** Below every threshold without a word of birth beside it; then it is no longer any date. */
const UNLESS_BIRTH = 0.29

export const dates: readonly Recogniser[] = [
  {
    entity: 'DATE_TIME',
    kind: 'date',
    sensitivity: 1,
    regions: [],
    shapes,
    checksum: false,
    near: 16,
    context: {
      en: 'date, dated',
      hi: 'दिनांक, तारीख, तिथि',
      mr: 'दिनांक, तारीख',
      ar: 'تاريخ, التاريخ, بتاريخ',
    },
  },
  {
    entity: 'DATE_OF_BIRTH',
    kind: 'date',
    sensitivity: 3,
    regions: [],
    shapes: shapes.filter(({ score }) => score >= 0.3).map((shape) => ({ ...shape, score: UNLESS_BIRTH })),
    checksum: false,
    near: 16,
    specific: true,
    context: BIRTH_WORDS,
  },
  {
    // HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): ages over 89 point at a person.
    entity: 'AGE_OVER_89',
    kind: 'date',
    sensitivity: 2,
    regions: [],
    shapes: [{ pattern: /9\d|1[0-2]\d/, score: 0.01 }],
    checksum: false,
    near: 6,
    context: {
      en: 'aged, age, age of, years old, year old, yrs old, yr old, years of age, y/o, yo',
      hi: 'आयु, उम्र, वर्षीय, साल के, साल की, वर्ष के, वर्ष की',
      mr: 'वय, वर्षांचे, वर्षांची, वर्षांचा, वर्षीय',
      ar: 'العمر, عمره, عمرها, يبلغ, تبلغ, عاما, عامًا, سنة',
      de: 'alter, jahre alt',
    },
  },
]

function yearFirst(text: string): Verdict {
  const [year, month, day] = text.split(/[^\d]/, 3).map(Number)
  return plausible(year) && isDate(year ?? 0, month ?? 0, day ?? 0) ? null : false
}

/** Day and month in either order: which one depends on the country. */
function yearLast(text: string): Verdict {
  const [first = 0, second = 0, year = 0] = text.split(/[^\d]/, 3).map(Number)
  const full = year < 100 ? 2000 + year : year
  return plausible(full) && (isDate(full, second, first) || isDate(full, first, second)) ? null : false
}

function dayAndMonth(text: string): Verdict {
  const [first = 0, second = 0] = text.split('/').map(Number)
  return isDate(2000, first, second) || isDate(2000, second, first) ? null : false
}

function plausible(year = 0): boolean {
  return year >= 1800 && year <= 2199
}

function inRange(digits: string | undefined, from: number, to: number): Verdict {
  const value = Number(digits)
  return value >= from && value <= to ? null : false
}

/** Hindi, Marathi, Arabic (the names of the Levant too), Spanish, French, German, Italian, Portuguese. */
const MONTH_NAMES: ReadonlySet<string> = new Set(
  (
    'जनवरी फरवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर सितम्बर अक्टूबर अक्तूबर नवंबर नवम्बर दिसंबर दिसम्बर ' +
    'जानेवारी फेब्रुवारी एप्रिल मे जुलै ऑगस्ट सप्टेंबर ऑक्टोबर नोव्हेंबर डिसेंबर ' +
    'يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس اغسطس سبتمبر أكتوبر اكتوبر نوفمبر ديسمبر ' +
    'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ' +
    'janvier février mars avril mai juin juillet août septembre octobre novembre décembre ' +
    'januar februar märz april juni juli august september oktober november dezember ' +
    'gennaio febbraio aprile maggio giugno luglio settembre ottobre novembre dicembre ' +
    'janeiro fevereiro março maio junho julho setembro outubro novembro dezembro'
  ).split(' '),
)

const MONTH_STARTS: ReadonlySet<number> = new Set(
  ['de', ...MONTH_NAMES].flatMap((name) => [name.charCodeAt(0), name.toUpperCase().charCodeAt(0)]),
)

function isMonthStart(code: number): boolean {
  return MONTH_STARTS.has(code)
}

/** `15 अगस्त 1947`, `5 de mayo de 2020`, `3. März 2021`: day, month and year with a word or two between. */
function namedMonthEnd(text: string, _start: number, end: number): number {
  // Most numbers of two digits are followed by something else, and the expression costs more than all the rest.
  const gap = text[end] === '.' ? end + 1 : end
  if (text[gap] !== ' ' || !isMonthStart(text.charCodeAt(gap + 1))) return -1
  const rest = /^\.? (?:de )?([^\0-@[-`{-\xbf\s]{2,12}),?(?: de)? (\d{4})(?!\d)/.exec(
    text.slice(end, end + 32),
  )
  return rest !== null && MONTH_NAMES.has((rest[1] ?? '').toLowerCase()) ? end + rest[0].length : -1
}
