import { isDate, isOneDigit, luhnSum, mod11And10, weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

const DE = ['DE']
const PASSPORT_LETTERS = 'CFGHJKLMNPRTVWXYZ'

export const germany: readonly Recogniser[] = [
  {
    entity: 'DE_TAX_ID',
    kind: 'tax',
    sensitivity: 3,
    regions: DE,
    shapes: [{ pattern: /[1-9]\d{10}|[1-9]\d \d{3} \d{3} \d{3}|[1-9]\d{2}\/\d{3}\/\d{4}\/\d/, score: 0.3 }],
    check: checkTaxId,
    checksum: true,
    context: {
      de: 'steuer-id, steuerid, steueridentifikationsnummer, steuerliche identifikationsnummer, idnr, steuer',
      en: 'german tax, tax id, tax identification',
      hi: 'कर पहचान',
      mr: 'कर ओळख',
      ar: 'الرقم الضريبي',
    },
  },
  {
    entity: 'DE_TAX_NUMBER',
    kind: 'tax',
    sensitivity: 3,
    regions: DE,
    shapes: [
      { pattern: /\d{3}\/\d{3}\/\d{5}/, score: 0.4 },
      { pattern: /\d{2,3}\/\d{4}\/\d{4}|\d{2}\/\d{3}\/\d{5}|\d{5}\/\d{5}/, score: 0.2 },
      {
        pattern: /(?:0[1-9]|1[0-6])\d{11}|(?:2[1-46-8]|3[0-2]|4[01])\d{2}0\d{8}|[59]\d{3}0\d{8}/,
        score: 0.3,
      },
    ],
    checksum: false,
    context: {
      de: 'steuernummer, st-nr, st nr, steuer-nr, finanzamt, stnr',
      en: 'tax number, german tax',
      hi: 'कर संख्या',
      mr: 'कर क्रमांक',
      ar: 'الرقم الضريبي',
    },
  },
  {
    entity: 'DE_VAT_ID',
    kind: 'company',
    sensitivity: 1,
    regions: DE,
    shapes: [{ pattern: /DE ?\d{9}|DE ?\d{3} \d{3} \d{3}/i, score: 0.5 }],
    check: (value) => /^DE[1-9]\d{8}$/.test(value) && mod11And10(value.slice(2)),
    checksum: true,
    lenient: true,
    alone: 1,
    context: {
      de: 'ust-idnr, ust-id, umsatzsteuer, umsatzsteuer-identifikationsnummer, mwst, ustid',
      en: 'vat, vat id, vat number',
      hi: 'वैट',
      mr: 'व्हॅट',
      ar: 'ضريبة القيمة المضافة',
    },
  },
  {
    entity: 'DE_ID_CARD',
    kind: 'national-id',
    sensitivity: 3,
    regions: DE,
    shapes: [
      { pattern: new RegExp(`[${PASSPORT_LETTERS}][${PASSPORT_LETTERS}0-9]{7}\\d`, 'i'), score: 0.3 },
      { pattern: /T\d{8}/i, score: 0.3, accept: () => null },
    ],
    check: (value) => (/^T\d{8}$/.test(value) ? null : checkDocument(value)),
    checksum: true,
    context: {
      de: 'personalausweis, ausweis, ausweisnummer, personalausweisnummer, perso',
      en: 'id card, identity card, german id',
      hi: 'पहचान पत्र',
      mr: 'ओळखपत्र',
      ar: 'بطاقة الهوية',
    },
  },
  {
    entity: 'DE_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: DE,
    shapes: [{ pattern: new RegExp(`[${PASSPORT_LETTERS}][${PASSPORT_LETTERS}0-9]{7}\\d`, 'i'), score: 0.3 }],
    check: checkDocument,
    checksum: true,
    context: {
      de: 'reisepass, pass, passnummer, pass-nr, reisepassnummer',
      en: 'passport, german passport, passport number',
      hi: 'पासपोर्ट',
      mr: 'पासपोर्ट',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'DE_FUEHRERSCHEIN',
    kind: 'licence',
    sensitivity: 3,
    regions: DE,
    shapes: [{ pattern: /[A-Z]{2}\d{8}[A-Z0-9]/i, score: 0.35 }],
    checksum: false,
    context: {
      de: 'führerschein, fuehrerschein, führerscheinnummer, fahrerlaubnis',
      en: 'driving licence, driver license, license',
      hi: 'ड्राइविंग लाइसेंस',
      mr: 'वाहन परवाना',
      ar: 'رخصة القيادة',
    },
  },
  {
    entity: 'DE_HANDELSREGISTER',
    kind: 'company',
    sensitivity: 1,
    regions: DE,
    shapes: [{ pattern: /HR[AB] ?\d{1,6}/i, score: 0.5 }],
    checksum: false,
    context: {
      de: 'handelsregister, handelsregisternummer, amtsgericht, registergericht, eingetragen',
      en: 'commercial register, trade register',
      ar: 'السجل التجاري',
    },
  },
  {
    entity: 'DE_HEALTH_INSURANCE',
    kind: 'health',
    sensitivity: 4,
    regions: DE,
    shapes: [{ pattern: /[A-Z]\d{9}/i, score: 0.3 }],
    check: checkHealthInsurance,
    checksum: true,
    context: {
      de: 'krankenkasse, kvnr, versichertennummer, egk, krankenversicherung, krankenversichertennummer',
      en: 'health insurance, insurance number',
      hi: 'स्वास्थ्य बीमा',
      mr: 'आरोग्य विमा',
      ar: 'التأمين الصحي',
    },
  },
  {
    entity: 'DE_KFZ',
    kind: 'vehicle',
    sensitivity: 2,
    regions: DE,
    shapes: [{ pattern: /[A-Z]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}[EH]?/i, score: 0.3 }],
    checksum: false,
    context: {
      de: 'kennzeichen, kfz, nummernschild, fahrzeug, autokennzeichen, zulassung',
      en: 'license plate, number plate, plate',
      hi: 'वाहन',
      mr: 'वाहन',
      ar: 'لوحة',
    },
  },
  {
    entity: 'DE_LANR',
    kind: 'health',
    sensitivity: 4,
    regions: DE,
    shapes: [{ pattern: /\d{9}/, score: 0.1 }],
    check: (value) =>
      /^\d{9}$/.test(value) && (10 - (weighted(value, [4, 9, 4, 9, 4, 9]) % 10)) % 10 === Number(value[6]),
    checksum: true,
    context: {
      de: 'lanr, arztnummer, arzt, lebenslange arztnummer',
      en: 'physician number, doctor number',
      hi: 'चिकित्सक',
      mr: 'डॉक्टर',
      ar: 'الطبيب',
    },
  },
  {
    entity: 'DE_BSNR',
    kind: 'health',
    sensitivity: 4,
    regions: DE,
    shapes: [{ pattern: /\d{9}/, score: 0.2 }],
    check: (value) => (/^\d{9}$/.test(value) ? null : false),
    checksum: false,
    context: {
      de: 'bsnr, betriebsstättennummer, betriebsstaettennummer, praxis, betriebsstätte',
      en: 'practice number',
      ar: 'العيادة',
    },
  },
  {
    entity: 'DE_PLZ',
    kind: 'place',
    sensitivity: 2,
    regions: DE,
    shapes: [{ pattern: /\d{5}/, score: 0.05, accept: (matched) => (isPostcode(matched) ? null : false) }],
    check: (value) => (/^\d{5}$/.test(value) && isPostcode(value) ? null : false),
    checksum: false,
    context: {
      de: 'plz, postleitzahl, anschrift, adresse, wohnort',
      en: 'postal code, postcode',
      hi: 'पिन कोड',
      mr: 'पिन कोड',
      ar: 'الرمز البريدي',
    },
  },
  {
    entity: 'DE_SOCIAL_SECURITY',
    kind: 'national-id',
    sensitivity: 3,
    regions: DE,
    shapes: [{ pattern: /\d{8}[A-Z]\d{3}|\d{2} \d{6} [A-Z] \d{3}/i, score: 0.3, alone: 0.9 }],
    check: checkSocialSecurity,
    checksum: true,
    context: {
      de: 'sozialversicherungsnummer, rentenversicherungsnummer, svnr, rvnr, sozialversicherung, versicherungsnummer',
      en: 'social security, pension insurance',
      hi: 'सामाजिक सुरक्षा',
      mr: 'सामाजिक सुरक्षा',
      ar: 'الضمان الاجتماعي',
    },
  },
]

/**
 * Bundeszentralamt für Steuern: ISO 7064 mod 11,10; among the first ten digits one stands two or three times, and three
 * times never in a row. Numbers with ten different digits were given out for tests and are accepted.
 */
function checkTaxId(value: string): Verdict {
  if (!/^[1-9]\d{10}$/.test(value)) return false
  const first = value.slice(0, 10)
  const counts = [...new Set(first)].map((digit) => first.split(digit).length - 1)
  const repeated = counts.filter((count) => count > 1)
  return repeated.length <= 1 && (repeated[0] ?? 0) <= 3 && !/(\d)\1\1/.test(first) && mod11And10(value)
}

/** ICAO 9303: weights 7, 3, 1, letters from A = 10. No vowels, B, D, E, I, O, Q, S, U in the serial number. */
function checkDocument(value: string): Verdict {
  if (!new RegExp(`^[${PASSPORT_LETTERS}][${PASSPORT_LETTERS}0-9]{7}\\d$`).test(value)) return false
  const sum = Array.from(value.slice(0, 8)).reduce(
    (total, letter, at) => total + parseInt(letter, 36) * (WEIGHTS[at % 3] ?? 0),
    0,
  )
  return sum % 10 === Number(value[8])
}

const WEIGHTS = [7, 3, 1]

/** Letter as two digits, then weights 1 and 2 in turn with the digits of products added (GKV-Spitzenverband, Anlage 1). */
function checkHealthInsurance(value: string): Verdict {
  if (!/^[A-Z]\d{9}$/.test(value)) return false
  const digits = `${letterDigits(value[0])}${value.slice(1, 9)}`
  // Luhn doubles from the right beginning with the last digit when a check digit of 0 follows.
  return luhnSum(`${digits}0`) % 10 === Number(value[9])
}

function letterDigits(letter = 'A'): string {
  return String(letter.charCodeAt(0) - 0x40).padStart(2, '0')
}

/** Verordnung über die Versicherungsnummer, §§ 2 to 4: area, date of birth (a day over 50 where the serials ran out), letter. */
function checkSocialSecurity(value: string): Verdict {
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)([A-Z])\d{3}$/.exec(value)
  if (parts === null) return false
  const day = Number(parts[2]) > 50 ? Number(parts[2]) - 50 : Number(parts[2])
  // The year has no century: 2000 was a leap year, so every 29 February that may be one is.
  if (
    !AREAS.has(parts[1] ?? '') ||
    !isDate(2000 + Number(parts[4]), Number(parts[3]), Math.min(day, 28)) ||
    day > 31
  )
    return false
  const digits = `${value.slice(0, 8)}${letterDigits(parts[5])}${value.slice(9, 11)}`
  const sum = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].reduce((total, weight, at) => {
    const product = weight * Number(digits[at])
    return total + Math.floor(product / 10) + (product % 10)
  }, 0)
  return sum % 10 === Number(value[11])
}

const AREAS: ReadonlySet<string> = new Set([
  ...'02 03 04 08 09 10 11 12 13 14 15 16 17 18 19 20 21 23 24 25 26 28 29 38 39 40 80 81 82 89'.split(' '),
  ...Array.from({ length: 38 }, (_, step) => String(42 + step)),
])

/** Deutsche Post: 01001 to 99998. */
function isPostcode(digits: string): boolean {
  const number = Number(digits)
  return number >= 1001 && number <= 99998 && !isOneDigit(digits)
}
