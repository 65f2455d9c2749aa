import { weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

const GB = ['GB']

export const unitedKingdom: readonly Recogniser[] = [
  {
    entity: 'UK_NHS',
    kind: 'health',
    sensitivity: 4,
    regions: GB,
    shapes: [{ pattern: /\d{3}[ -]?\d{3}[ -]?\d{4}/, score: 0.3 }],
    check: checkNhs,
    checksum: true,
    context: {
      en: 'nhs, nhs number, national health, national health service, health services, patient',
      hi: 'एनएचएस',
      mr: 'एनएचएस',
      ar: 'الصحة الوطنية',
    },
  },
  {
    entity: 'UK_NINO',
    kind: 'national-id',
    sensitivity: 3,
    regions: GB,
    shapes: [{ pattern: /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]/i, score: 0.5 }],
    check: checkNino,
    checksum: false,
    alone: 0.5,
    context: {
      en: 'national insurance, ni number, nino, national insurance number',
      hi: 'राष्ट्रीय बीमा',
      mr: 'राष्ट्रीय विमा',
      ar: 'التأمين الوطني',
    },
  },
  {
    entity: 'UK_POSTCODE',
    kind: 'place',
    sensitivity: 2,
    regions: GB,
    shapes: [
      { pattern: postcode(' '), score: 0.3 },
      { pattern: postcode(''), score: 0.1 },
    ],
    checksum: false,
    context: {
      en: 'postcode, post code, postal, address, zip, road, street, avenue, lane, london, postal code',
      hi: 'पता, पोस्टकोड',
      mr: 'पत्ता, पोस्टकोड',
      ar: 'الرمز البريدي, العنوان',
    },
  },
  {
    entity: 'UK_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: GB,
    shapes: [{ pattern: /[A-Z]{2}\d{7}/i, score: 0.1 }],
    checksum: false,
    context: {
      en: 'passport, passport number, uk passport, british passport, travel document, hmpo',
      hi: 'पासपोर्ट',
      mr: 'पासपोर्ट',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'UK_DRIVING_LICENCE',
    kind: 'licence',
    sensitivity: 3,
    regions: GB,
    shapes: [
      {
        pattern: /[A-Z]{1,5}9{0,4}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9][A-Z]{2}/i,
        score: 0.5,
        accept: (matched) => (isDrivingLicence(matched.toUpperCase()) ? null : false),
      },
    ],
    check: (value) => (isDrivingLicence(value) ? null : false),
    checksum: false,
    context: {
      en: 'driving licence, licence, dvla, driver, driving license',
      hi: 'ड्राइविंग लाइसेंस',
      mr: 'वाहन परवाना',
      ar: 'رخصة القيادة, رخصة',
    },
  },
  {
    entity: 'UK_VEHICLE_REGISTRATION',
    kind: 'vehicle',
    sensitivity: 2,
    regions: GB,
    shapes: [
      { pattern: /[A-HJ-PR-Y][A-HJ-PR-Y]\d{2} ?[A-HJ-PR-Z]{3}/i, score: 0.3 },
      {
        pattern: /[A-HJ-NPR-TV-Y]\d{1,3} ?[A-HJ-PR-Y][A-HJ-PR-Y][A-HJ-PR-Y]/i,
        score: 0.2,
        accept: () => null,
      },
      { pattern: /[A-HJ-PR-Y]{3} ?\d{1,3}[A-HJ-NPR-TV-Y]/i, score: 0.15, accept: () => null },
    ],
    check: checkPlate,
    checksum: false,
    context: {
      en: 'vehicle, registration, number plate, plate, licence plate, car, reg, vrn, dvla, v5c, mot',
      hi: 'वाहन, गाड़ी नंबर',
      mr: 'वाहन, गाडी क्रमांक',
      ar: 'مركبة, لوحة',
    },
  },
]

/** NHS data dictionary: modulus 11 over weights 10 to 2; a check digit of 10 is never given out. */
function checkNhs(value: string): Verdict {
  if (!/^\d{10}$/.test(value) || value === '0000000000') return false
  const check = 11 - (weighted(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return (check === 11 ? 0 : check) === Number(value[9])
}

/** HMRC, NIM39110. The suffix may be missing where only the number is known. */
function checkNino(value: string): Verdict {
  if (!/^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]?$/.test(value)) return false
  return !/^(BG|GB|NK|KN|NT|TN|ZZ)/.test(value)
}

/** BS 7666: area letters without QVX, IJZ; inward letters without C I K M O V. GIR 0AA is the one exception. */
function postcode(gap: string): RegExp {
  const area = '[A-PR-UWYZa-pr-uwyz]'
  const second = '[A-HK-Ya-hk-y]'
  const inward = '[ABD-HJLNP-UW-Zabd-hjlnp-uw-z]'
  const outward = `${area}\\d{1,2}|${area}\\d[A-HJKPSTUWa-hjkpstuw]|${area}${second}\\d{1,2}|${area}${second}\\d[ABEHMNPRVWXYabehmnprvwxy]`
  return new RegExp(`(?:${outward}|GIR)${gap}\\d${inward}${inward}`)
}

/** DVLA: five characters of the surname filled with 9, then decade, month (plus 50 for women), day, year. */
function isDrivingLicence(value: string): boolean {
  const parts = /^[A-Z]{1,5}9{0,4}\d(\d\d)(\d\d)\d[A-Z9]{2}[A-Z0-9][A-Z]{2}$/.exec(value)
  const month = Number(parts?.[1]) % 50
  const day = Number(parts?.[2])
  return value.length === 16 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/**
 * DVLA INF104: in the current form the two digits are the half year, 02 to 29 from March and 51 to 79 from September.
 * Older forms and dateless plates have nothing to check.
 */
function checkPlate(value: string): Verdict {
  const current = /^[A-HJ-PR-Y]{2}(\d\d)[A-HJ-PR-Z]{3}$/.exec(value)
  if (current === null) return /^([A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z])$/.test(value) ? null : false
  const age = Number(current[1])
  return (age >= 2 && age <= 29) || (age >= 51 && age <= 79)
}
