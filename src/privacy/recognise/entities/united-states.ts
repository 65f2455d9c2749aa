import { isOneDigit, luhn, weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

const US = ['US']

export const unitedStates: readonly Recogniser[] = [
  {
    entity: 'US_SSN',
    kind: 'national-id',
    sensitivity: 3,
    regions: US,
    shapes: [
      { pattern: /\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{3}\.\d{2}\.\d{4}/, score: 0.5, accept: canBeSsn },
      { pattern: /\d{9}|\d{3}-\d{6}|\d{5}-\d{4}/, score: 0.05, accept: canBeSsn },
    ],
    check: (value) => /^\d{9}$/.test(value) && canBeSsn(value) !== false && !value.startsWith('9'),
    checksum: false,
    context: {
      en: 'ssn, ssns, ssid, ss#, social, security, social security, social security number, taxpayer, tax id',
      hi: 'सामाजिक सुरक्षा, एसएसएन',
      mr: 'सामाजिक सुरक्षा, एसएसएन',
      ar: 'الضمان الاجتماعي, رقم الضمان',
      es: 'seguro social, seguridad social',
    },
  },
  {
    entity: 'US_ITIN',
    kind: 'tax',
    sensitivity: 3,
    regions: US,
    shapes: [
      { pattern: /9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}/, score: 0.5 },
      { pattern: /9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}/, score: 0.3 },
      { pattern: /9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}/, score: 0.05 },
      { pattern: /9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}/, score: 0.05 },
    ],
    check: (value) => /^9\d\d(5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(value),
    checksum: false,
    context: {
      en: 'itin, individual taxpayer, taxpayer, tax id, tax, taxpayer identification',
      hi: 'करदाता',
      mr: 'करदाता',
      ar: 'دافع الضرائب',
    },
  },
  {
    entity: 'US_EIN',
    kind: 'company',
    sensitivity: 1,
    regions: US,
    shapes: [{ pattern: /\d{2}-\d{7}/, score: 0.2 }],
    check: (value) => /^\d{9}$/.test(value) && !UNUSED_EIN_PREFIXES.has(value.slice(0, 2)),
    checksum: false,
    lenient: true,
    context: {
      en: 'ein, employer, employer identification, fein, tax id, federal tax, tax identification',
      hi: 'नियोक्ता',
      mr: 'नियोक्ता',
      ar: 'صاحب العمل',
    },
  },
  {
    entity: 'US_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: US,
    shapes: [
      { pattern: /\d{9}/, score: 0.05 },
      { pattern: /[A-Z]\d{8}/i, score: 0.1 },
    ],
    checksum: false,
    context: {
      en: 'passport, passport number, travel document, united states passport',
      hi: 'पासपोर्ट',
      mr: 'पासपोर्ट, पारपत्र',
      ar: 'جواز, جواز السفر, جواز سفر',
      es: 'pasaporte',
      fr: 'passeport',
    },
  },
  {
    entity: 'US_DRIVER_LICENSE',
    kind: 'licence',
    sensitivity: 3,
    regions: US,
    // The forms of the states as the AAMVA lists them: a letter or two and digits, digits and a letter or two.
    shapes: [
      { pattern: /[A-Z]\d{4,14}|[A-Z]{2}\d{3,7}|[A-Z]\d{18}|[A-Z]\d{6}R/i, score: 0.3 },
      {
        pattern: /\d{2}[A-Z]{3}\d{5,6}|\d{3}[A-Z]{2}\d{4}|\d{7,9}[A-Z]|\d{8}[A-Z]{2}|[A-Z]{2}\d{6}[A-Z]/i,
        score: 0.3,
      },
      { pattern: /[A-Z]\d[A-Z]\d[A-Z]|[A-Z]{3}\*{2}[A-Z]{2}\d{3}[A-Z0-9]{2}/i, score: 0.3 },
      { pattern: /DL-[A-Z]?\d{5,9}(?:-\d{2})?/, score: 0.5, certain: true },
      { pattern: /[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d/, score: 0.3 },
      { pattern: /[A-Z]{1,2}-\d{5,8}/, score: 0.05 },
      { pattern: /\d{6,14}|\d{16}/, score: 0.01 },
    ],
    checksum: false,
    context: {
      en: 'driver, drivers, license, licence, driver license, drivers license, drivers lic, driving, driving license, permit, dl, dls, lic, cdls',
      hi: 'ड्राइविंग लाइसेंस, लाइसेंस',
      mr: 'वाहन परवाना, परवाना',
      ar: 'رخصة, رخصة القيادة, رخصة قيادة',
      es: 'licencia de conducir, licencia',
    },
  },
  {
    entity: 'US_NPI',
    kind: 'health',
    sensitivity: 4,
    regions: US,
    shapes: [
      { pattern: /[12]\d{9}/, score: 0.1 },
      { pattern: /[12]\d{3}[ -]\d{3}[ -]\d{3}/, score: 0.2, alone: 0.6 },
      // What stands right after its label is one, whoever made it up.
      { pattern: /\d{10}/, score: 0.01, accept: () => null },
    ],
    check: (value) => /^[12]\d{9}$/.test(value) && !isOneDigit(value) && luhn(`80840${value}`),
    checksum: true,
    labelled: true,
    context: {
      en: 'npi, national provider, national provider identifier, provider',
      hi: 'एनपीआई',
      mr: 'एनपीआय',
      ar: 'مقدم الرعاية',
    },
  },
  {
    entity: 'US_MBI',
    kind: 'health',
    sensitivity: 4,
    regions: US,
    shapes: [
      { pattern: mbi('-'), score: 0.5 },
      { pattern: mbi(''), score: 0.3 },
    ],
    check: (value) => new RegExp(`^${mbi('').source}$`).test(value),
    checksum: false,
    context: {
      en: 'medicare, mbi, beneficiary, medicare beneficiary, cms, medicaid, hic, hicn',
      hi: 'मेडिकेयर',
      mr: 'मेडिकेअर',
      ar: 'ميديكير',
    },
  },
  {
    entity: 'MEDICAL_LICENSE',
    kind: 'health',
    sensitivity: 4,
    regions: US,
    shapes: [{ pattern: /[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}/i, score: 0.4, alone: 0.5 }],
    check: checkDea,
    checksum: true,
    context: {
      en: 'dea, medical, certificate, dea number, medical license, prescriber, registration',
      hi: 'चिकित्सा, डीईए',
      mr: 'वैद्यकीय, डीईए',
      ar: 'طبي, الترخيص الطبي',
    },
  },
  {
    entity: 'US_ZIP_CODE',
    kind: 'place',
    sensitivity: 2,
    regions: US,
    shapes: [
      { pattern: /\d{5}-\d{4}/, score: 0.3 },
      { pattern: /\d{5}/, score: 0.05 },
    ],
    checksum: false,
    context: {
      en: 'zip, zip code, zipcode, postal, postal code',
      hi: 'पिन कोड, ज़िप कोड',
      mr: 'पिन कोड',
      ar: 'الرمز البريدي',
      es: 'código postal',
    },
  },
]

/**
 * What the Social Security Administration never gave out: area 000 and 666, group 00, serial 0000, numbers it used in
 * advertisements. Area 9.. is not one either, but stands in forms all the time: only `check` minds.
 */
function canBeSsn(matched: string): Verdict {
  const digits = matched.replace(/\D/g, '')
  const never = /^(000|666|123456789|987654320|98765432|078051120|219099999)|^...00|0000$/
  return never.test(digits) || isOneDigit(digits) ? false : null
}

/** Prefixes that the IRS has assigned to no campus. */
const UNUSED_EIN_PREFIXES: ReadonlySet<string> = new Set(
  '00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97'.split(' '),
)

/** CMS, Understanding the Medicare Beneficiary Identifier: no S, L, O, I, B, Z. */
function mbi(separator: string): RegExp {
  const a = '[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]'
  const an = '[0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]'
  return new RegExp(`[1-9]${a}${an}\\d${separator}${a}${an}\\d${separator}${a}${a}\\d\\d`)
}

/** DEA form 223: first, third and fifth digit, plus twice the others, end in the seventh. */
function checkDea(value: string): Verdict {
  if (!/^[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}$/.test(value)) return false
  return weighted(value.slice(2), [1, 2, 1, 2, 1, 2]) % 10 === Number(value[8])
}
