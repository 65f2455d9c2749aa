import { isDate, isOneDigit, weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const asiaPacific: readonly Recogniser[] = [
  {
    entity: 'AU_ABN',
    kind: 'company',
    sensitivity: 1,
    regions: ['AU'],
    shapes: [
      { pattern: /\d{2} \d{3} \d{3} \d{3}/, score: 0.1, alone: 0.9 },
      { pattern: /\d{11}/, score: 0.01 },
    ],
    check: checkAbn,
    checksum: true,
    context: {
      en: 'abn, australian business number, business number',
      hi: 'व्यवसाय संख्या',
      mr: 'व्यवसाय क्रमांक',
    },
  },
  {
    entity: 'AU_ACN',
    kind: 'company',
    sensitivity: 1,
    regions: ['AU'],
    shapes: [
      { pattern: /\d{3} \d{3} \d{3}/, score: 0.1 },
      { pattern: /\d{9}/, score: 0.01 },
    ],
    check: (value) =>
      /^\d{9}$/.test(value) &&
      (10 - (weighted(value, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === Number(value[8]),
    checksum: true,
    context: {
      en: 'acn, australian company number, company number',
    },
  },
  {
    entity: 'AU_TFN',
    kind: 'tax',
    sensitivity: 3,
    regions: ['AU'],
    shapes: [
      { pattern: /\d{3} \d{3} \d{3}/, score: 0.1 },
      { pattern: /\d{9}/, score: 0.01 },
    ],
    check: (value) =>
      /^\d{9}$/.test(value) &&
      !/^0{9}/.test(value) &&
      weighted(value, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    checksum: true,
    context: {
      en: 'tax file number, tfn, ato',
      hi: 'कर फ़ाइल',
      mr: 'कर फाइल',
    },
  },
  {
    entity: 'AU_MEDICARE',
    kind: 'health',
    sensitivity: 4,
    regions: ['AU'],
    shapes: [
      { pattern: /[2-6]\d{3} \d{5} \d/, score: 0.1, alone: 0.6 },
      { pattern: /[2-6]\d{9}/, score: 0.01 },
    ],
    check: (value) =>
      /^[2-6]\d{9,10}$/.test(value) && weighted(value, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(value[8]),
    checksum: true,
    context: {
      en: 'medicare, medicare number, medicare card',
      hi: 'मेडिकेयर',
      mr: 'मेडिकेअर',
      ar: 'ميديكير',
    },
  },
  {
    entity: 'SG_NRIC_FIN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['SG'],
    shapes: [
      { pattern: /[STFGM]\d{7}[A-Z]/i, score: 0.5 },
      { pattern: /[A-Z]\d{7}[A-Z]/i, score: 0.3 },
    ],
    check: checkNric,
    checksum: true,
    lenient: true,
    alone: 0.9,
    context: {
      en: 'nric, fin, fin#, singapore, identity card',
    },
  },
  {
    entity: 'SG_UEN',
    kind: 'company',
    sensitivity: 1,
    regions: ['SG'],
    shapes: [{ pattern: /\d{8}[A-Z]|\d{9}[A-Z]|[RST]\d{2}[A-Z]{2}\d{4}[A-Z]/i, score: 0.3 }],
    check: checkUen,
    checksum: true,
    context: {
      en: 'uen, unique entity number, business registration, acra',
    },
  },
  {
    entity: 'KR_RRN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['KR'],
    shapes: [
      { pattern: /\d{6}-[1-4]\d{6}/, score: 0.5, accept: (matched) => rrnOnly(matched, false) },
      { pattern: /\d{6}[1-4]\d{6}/, score: 0.3, accept: (matched) => rrnOnly(matched, false) },
    ],
    check: checkRrn,
    checksum: true,
    lenient: true,
    alone: 0.8,
    context: {
      ko: '주민등록번호, 주민번호, 주민등록',
      en: 'rrn, korean rrn, resident registration, resident registration number',
    },
  },
  {
    entity: 'KR_FRN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['KR'],
    shapes: [
      { pattern: /\d{6}-[5-8]\d{6}/, score: 0.5, accept: (matched) => rrnOnly(matched, true) },
      { pattern: /\d{6}[5-8]\d{6}/, score: 0.3, accept: (matched) => rrnOnly(matched, true) },
    ],
    check: checkRrn,
    checksum: true,
    lenient: true,
    alone: 0.8,
    context: {
      ko: '외국인등록번호, 외국인번호',
      en: 'frn, korean frn, foreigner registration, foreign registration',
    },
  },
  {
    entity: 'KR_BRN',
    kind: 'company',
    sensitivity: 1,
    regions: ['KR'],
    shapes: [
      { pattern: /\d{3}-\d{2}-\d{5}/, score: 0.3, alone: 0.6 },
      { pattern: /\d{10}/, score: 0.1 },
    ],
    check: checkBrn,
    checksum: true,
    context: {
      ko: '사업자등록번호, 사업자번호, 사업자',
      en: 'brn, business registration, korean brn',
    },
  },
  {
    entity: 'KR_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: ['KR'],
    shapes: [
      { pattern: /[MSRODG]\d{3}[A-Z]\d{4}/i, score: 0.1 },
      { pattern: /[MSRODG]\d{8}/i, score: 0.05 },
    ],
    checksum: false,
    context: {
      ko: '여권, 여권번호',
      en: 'passport, korean passport, passport number',
      hi: 'पासपोर्ट',
      mr: 'पासपोर्ट',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'KR_DRIVER_LICENSE',
    kind: 'licence',
    sensitivity: 3,
    regions: ['KR'],
    shapes: [{ pattern: /\d{2}[ -]\d{2}[ -]\d{6}[ -]\d{2}/, score: 0.3, alone: 0.8 }],
    check: (value) => /^(1[1-9]|2[0-8])\d{10}$/.test(value),
    checksum: false,
    context: {
      ko: '운전면허, 면허번호, 운전면허번호',
      en: 'driver license, driving licence, korean driver',
      hi: 'ड्राइविंग लाइसेंस',
      mr: 'वाहन परवाना',
      ar: 'رخصة القيادة',
    },
  },
  {
    entity: 'TH_TNIN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['TH'],
    shapes: [{ pattern: /[1-8]\d{12}|[1-8]-\d{4}-\d{5}-\d{2}-\d/, score: 0.3 }],
    check: checkThai,
    checksum: true,
    context: {
      th: 'บัตรประชาชน, เลขบัตรประชาชน, เลขประจำตัวประชาชน',
      en: 'thai, thai id, tnin, national id',
    },
  },
  {
    entity: 'PH_TIN',
    kind: 'tax',
    sensitivity: 3,
    regions: ['PH'],
    shapes: [{ pattern: /\d{3}-\d{3}-\d{3}(?:-\d{3,5})?/, score: 0.05, accept: hasSerial }],
    checksum: false,
    context: {
      fil: 'buwis',
      en: 'tin, tax identification, tax id, bir',
    },
  },
]

/** Australian Business Register: one from the first digit, weights, modulo 89. */
function checkAbn(value: string): Verdict {
  if (!/^\d{11}$/.test(value)) return false
  return (weighted(value, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0
}

/** Immigration & Checkpoints Authority: weights 2 7 6 5 4 3 2 modulo 11, plus 4 from the year 2000 on, plus 3 for M. */
function checkNric(value: string): Verdict {
  if (!/^[STFGM]\d{7}[A-Z]$/.test(value)) return false
  const series = value[0] ?? ''
  const offset = 'TG'.includes(series) ? 4 : series === 'M' ? 3 : 0
  const place = (weighted(value.slice(1), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11
  const letters = 'ST'.includes(series) ? 'JZIHGFEDCBA' : series === 'M' ? 'XWUTRQPNJLK' : 'XWUTRQPNMLK'
  return letters[place] === value[8]
}

const UEN_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWX0123456789'

/** Accounting and Corporate Regulatory Authority: three forms, each with weights of its own modulo 11. */
function checkUen(value: string): Verdict {
  if (/^\d{8}[A-Z]$/.test(value))
    return 'XMKECAWLJDB'[weighted(value, [10, 4, 9, 3, 8, 2, 7, 1]) % 11] === value[8]
  if (/^\d{9}[A-Z]$/.test(value))
    return 'ZKCMDNERGWH'[weighted(value, [10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11] === value[9]
  if (!/^[RST]\d{2}[A-Z]{2}\d{4}[A-Z]$/.test(value)) return false
  const sum = [4, 3, 5, 3, 10, 2, 2, 5, 7].reduce(
    (total, weight, at) => total + weight * UEN_LETTERS.indexOf(value[at] ?? ''),
    0,
  )
  return UEN_LETTERS[(sum + 6) % 11] === value[9]
}

/** A number with a date that there is not is none; one of the other kind is the other recogniser's. */
function rrnOnly(matched: string, foreign: boolean): Verdict {
  const digits = matched.replace('-', '')
  if (/[5-8]/.test(digits[6] ?? '') !== foreign || !hasRrnDate(digits)) return false
  return checkRrn(digits) === true ? true : null
}

/** Resident registration numbers carry no check digit since October 2020, so a wrong one is proof for the born before. */
function checkRrn(value: string): Verdict {
  if (!/^\d{6}[1-8]\d{6}$/.test(value) || !hasRrnDate(value)) return false
  const sum = weighted(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11
  const check = Number(value[12])
  // Foreigners' numbers add two; some offices forgot it.
  if ((11 - sum) % 10 === check || (/[5-8]/.test(value[6] ?? '') && (13 - sum) % 10 === check)) return true
  return 100 * rrnYear(value) + Number(value.slice(2, 4)) >= 2020_10 ? null : false
}

function rrnYear(digits: string): number {
  return (/[3478]/.test(digits[6] ?? '') ? 2000 : 1900) + Number(digits.slice(0, 2))
}

function hasRrnDate(digits: string): boolean {
  return isDate(rrnYear(digits), Number(digits.slice(2, 4)), Number(digits.slice(4, 6)))
}

/** National Tax Service: weights 1 3 7 1 3 7 1 3 5, and the tens of the last product count too. */
function checkBrn(value: string): Verdict {
  if (!/^\d{10}$/.test(value) || isOneDigit(value)) return false
  const sum = weighted(value, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((5 * Number(value[8])) / 10)
  return (10 - (sum % 10)) % 10 === Number(value[9])
}

/** Bureau of Registration Administration: weights 13 to 2 modulo 11; the first digit is the kind of person, 1 to 8. */
function checkThai(value: string): Verdict {
  if (!/^[1-8]\d{12}$/.test(value)) return false
  return (11 - (weighted(value, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === Number(value[12])
}

function hasSerial(matched: string): Verdict {
  return /^\d{3}-000-000/.test(matched) ? false : null
}
