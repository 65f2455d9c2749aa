import { isDate, luhn, remainder, weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const europe: readonly Recogniser[] = [
  {
    entity: 'FR_NIR',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['FR'],
    shapes: [
      {
        pattern: /[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}/i,
        score: 0.3,
      },
    ],
    check: checkNir,
    checksum: true,
    alone: 0.95,
    context: {
      fr: 'nir, sécurité sociale, numéro de sécurité sociale, insee, assuré, carte vitale',
      en: 'french social security, social security, insee',
      hi: 'सामाजिक सुरक्षा',
      mr: 'सामाजिक सुरक्षा',
      ar: 'الضمان الاجتماعي',
    },
  },
  {
    entity: 'ES_NIF',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['ES'],
    shapes: [{ pattern: /\d{7,8}-?[A-Z]|[KLM]-?\d{7}-?[A-Z]/i, score: 0.3, alone: 0.6 }],
    check: checkNif,
    checksum: true,
    context: {
      es: 'dni, nif, documento nacional, documento nacional de identidad, identificación, identidad',
      en: 'dni, nif, spanish id, national id',
      hi: 'पहचान',
      mr: 'ओळख',
      ar: 'الهوية',
    },
  },
  {
    entity: 'ES_NIE',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['ES'],
    shapes: [{ pattern: /[XYZ]-?\d{7,8}-?[A-Z]/i, score: 0.3, alone: 0.9 }],
    check: checkNie,
    checksum: true,
    context: {
      es: 'nie, número de identificación de extranjero, extranjero, identificación',
      en: 'nie, foreigner, spanish id',
      hi: 'पहचान',
      mr: 'ओळख',
      ar: 'الهوية',
    },
  },
  {
    entity: 'ES_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: ['ES'],
    shapes: [{ pattern: /[A-Z]{3}\d{6}/i, score: 0.05 }],
    checksum: false,
    context: {
      es: 'pasaporte, número de pasaporte',
      en: 'passport, spanish passport',
      hi: 'पासपोर्ट',
      mr: 'पासपोर्ट',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'IT_FISCAL_CODE',
    kind: 'tax',
    sensitivity: 3,
    regions: ['IT'],
    shapes: [
      {
        pattern: /[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]/i,
        score: 0.3,
      },
    ],
    check: checkFiscalCode,
    checksum: true,
    lenient: true,
    alone: 1,
    context: {
      it: 'codice fiscale, fiscale, codice, cf',
      en: 'fiscal code, italian tax',
      hi: 'कर',
      mr: 'कर',
      ar: 'الرمز الضريبي',
    },
  },
  {
    entity: 'IT_VAT_CODE',
    kind: 'company',
    sensitivity: 1,
    regions: ['IT'],
    shapes: [{ pattern: /\d{11}|\d{8}[ _]\d{3}|IT ?\d{11}/, score: 0.1 }],
    check: (value) => /^(IT)?\d{11}$/.test(value) && !/^(IT)?0{7}/.test(value) && luhn(value.slice(-11)),
    checksum: true,
    context: {
      it: 'piva, partita iva, p.iva, iva, p iva',
      en: 'vat, italian vat, vat number',
      hi: 'वैट',
      mr: 'व्हॅट',
      ar: 'ضريبة القيمة المضافة',
    },
  },
  {
    entity: 'IT_DRIVER_LICENSE',
    kind: 'licence',
    sensitivity: 3,
    regions: ['IT'],
    shapes: [{ pattern: /[A-Z]{2}\d{7}[A-Z]|U1[BCDFGHLMNPRSTUVWXYZ0-9]{7}[A-Z]/i, score: 0.2 }],
    checksum: false,
    context: {
      it: 'patente, patente di guida, licenza',
      en: 'driving licence, driver license',
      hi: 'ड्राइविंग लाइसेंस',
      mr: 'वाहन परवाना',
      ar: 'رخصة القيادة',
    },
  },
  {
    entity: 'IT_IDENTITY_CARD',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['IT'],
    shapes: [{ pattern: /[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}|[A-Z]{2}\d{5}[A-Z]{2}/i, score: 0.01 }],
    checksum: false,
    context: {
      it: 'carta d identità, identità, carta identità, cie, carta di identità, elettronica',
      en: 'identity card, italian id',
      hi: 'पहचान पत्र',
      mr: 'ओळखपत्र',
      ar: 'بطاقة الهوية',
    },
  },
  {
    entity: 'IT_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: ['IT'],
    shapes: [{ pattern: /[A-Z]{2}\d{7}/i, score: 0.01 }],
    checksum: false,
    context: {
      it: 'passaporto, numero passaporto',
      en: 'italian passport',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'PL_PESEL',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['PL'],
    shapes: [{ pattern: /\d{2}(?:[02468][1-9]|[13579][012])(?:0[1-9]|[12]\d|3[01])\d{5}/, score: 0.3 }],
    check: checkPesel,
    checksum: true,
    context: {
      pl: 'pesel, numer pesel',
      en: 'pesel, polish id',
    },
  },
  {
    entity: 'FI_PERSONAL_IDENTITY_CODE',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['FI'],
    shapes: [{ pattern: /\d{6}[+\-A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]/i, score: 0.3, open: true, alone: 0.9 }],
    check: checkHetu,
    checksum: true,
    context: {
      fi: 'hetu, henkilötunnus, sosiaaliturvatunnus, henkilötunnuksen',
      en: 'finnish, personal identity code, hetu',
    },
  },
  {
    entity: 'SE_PERSONNUMMER',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['SE'],
    shapes: [
      { pattern: /(?:18|19|20)\d{6}[-+]?\d{4}/, score: 0.3, open: true, alone: 0.6 },
      { pattern: /\d{6}[-+]\d{4}/, score: 0.3, open: true, alone: 0.5 },
      { pattern: /\d{10}/, score: 0.1, open: true },
    ],
    check: checkPersonnummer,
    checksum: true,
    context: {
      sv: 'personnummer, pnr, samordningsnummer, personnumret',
      en: 'swedish, personal identity, personal identity number, personnummer',
    },
  },
  {
    entity: 'SE_ORGANISATIONSNUMMER',
    kind: 'company',
    sensitivity: 1,
    regions: ['SE'],
    shapes: [{ pattern: /(?:16)?\d{2}[2-9]\d{3}-?\d{4}/, score: 0.1 }],
    check: (value) => /^(16)?\d{2}[2-9]\d{7}$/.test(value) && luhn(value.slice(-10)),
    checksum: true,
    context: {
      sv: 'organisationsnummer, orgnr, orgnummer, org.nr, org nr',
      en: 'organisation number, company number, swedish company',
    },
  },
  {
    entity: 'TR_NATIONAL_ID',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['TR'],
    shapes: [{ pattern: /[1-9]\d{10}/, score: 0.2, alone: 0.4 }],
    check: checkTurkishId,
    checksum: true,
    context: {
      tr: 'tc, tckn, kimlik, kimlik numarası, kimlik no, tc kimlik, nüfus',
      en: 'turkish id, turkish, tckn',
      ar: 'تركية',
    },
  },
  {
    entity: 'TR_LICENSE_PLATE',
    kind: 'vehicle',
    sensitivity: 2,
    regions: ['TR'],
    shapes: [{ pattern: /(?:0[1-9]|[1-7]\d|8[01]) ?[A-Z]{1,3} ?\d{2,5}/i, score: 0.2 }],
    check: (value) => (/^(0[1-9]|[1-7]\d|8[01])[A-Z]{1,3}\d{2,5}$/.test(value) ? true : null),
    checksum: false,
    context: {
      tr: 'plaka, plakalı, plaka numarası, araç',
      en: 'license plate, plate, vehicle',
      hi: 'वाहन',
      mr: 'वाहन',
      ar: 'لوحة',
    },
  },
]

/** INSEE: key = 97 minus the first thirteen modulo 97; Corsica's 2A and 2B count as 19 and 18. */
function checkNir(value: string): Verdict {
  if (!/^[1-478]\d{4}(\d{2}|2[AB])\d{8}$/.test(value)) return false
  const month = Number(value.slice(3, 5))
  // 20 and above: the month is not known, or belongs to a register abroad.
  if (month === 0 || (month > 12 && month < 20)) return false
  const digits = value.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return 97 - remainder(digits, 97) === Number(value.slice(13))
}

const NIF_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'

/** Real Decreto 1553/2005: number modulo 23. Seven digits are eight with the leading zero left out. K, L, M: minors and people abroad. */
function checkNif(value: string): Verdict {
  if (/^[XYZ]/.test(value)) return checkNie(value)
  if (/^[A-HJNP-SUVW]/.test(value)) return checkCif(value)
  const parts = /^[KLM]?(\d{7,8})([A-Z])$/.exec(value)
  if (parts === null || (/^[KLM]/.test(value) && value.length !== 9)) return false
  return NIF_LETTERS[Number(parts[1]) % 23] === parts[2]
}

function checkNie(value: string): Verdict {
  const parts = /^([XYZ])(\d{7,8})([A-Z])$/.exec(value)
  if (parts === null) return false
  return NIF_LETTERS[Number(`${'XYZ'.indexOf(parts[1] ?? '')}${parts[2] ?? ''}`) % 23] === parts[3]
}

/** Companies: Luhn over the seven digits; some kinds of company have a letter instead of the check digit. */
function checkCif(value: string): Verdict {
  const parts = /^([A-HJNP-SUVW])(\d{7})([0-9A-J])$/.exec(value)
  if (parts === null) return false
  const check = Array.from('0123456789').findIndex((digit) => luhn(`${parts[2] ?? ''}${digit}`))
  if (/[KNPQRSW]/.test(parts[1] ?? '')) return parts[3] === 'JABCDEFGHI'[check]
  return parts[3] === String(check) || (!/[ABEH]/.test(parts[1] ?? '') && parts[3] === 'JABCDEFGHI'[check])
}

const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
]

/** Decreto ministeriale 12 marzo 1974; letters LMNPQRSTUV stand for digits where two people would share a code. */
function checkFiscalCode(value: string): Verdict {
  const parts =
    /^([A-Z]{3})([A-Z]{3})[\dL-NP-V]{2}[ABCDEHLMPRST]([\dL-NP-V]{2})[A-Z][\dL-NP-V]{3}[A-Z]$/.exec(value)
  if (parts === null || ![parts[1], parts[2]].every((name = '') => /^[^AEIOU]*[AEIOU]*X*$/.test(name)))
    return false
  const day =
    Number((parts[3] ?? '').replace(/[A-Z]/g, (letter) => String('LMNPQRSTUV'.indexOf(letter)))) % 40
  if (day < 1 || day > 31) return false
  const sum = Array.from(value.slice(0, 15)).reduce((total, letter, at) => {
    const number = letter <= '9' ? Number(letter) : letter.charCodeAt(0) - 0x41
    return total + (at % 2 === 0 ? (ODD_VALUES[number] ?? 0) : number)
  }, 0)
  return value.charCodeAt(15) - 0x41 === sum % 26
}

/** The month carries the century: plus 80 for the 1800s, 20 for the 2000s, 40 and 60 after. */
function checkPesel(value: string): Verdict {
  if (!/^\d{11}$/.test(value)) return false
  const month = Number(value.slice(2, 4))
  const century = [1900, 2000, 2100, 2200, 1800][Math.floor(month / 20)] ?? 0
  if (!isDate(century + Number(value.slice(0, 2)), month % 20, Number(value.slice(4, 6)))) return false
  return (10 - (weighted(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(value[10])
}

/** Digital and Population Data Services Agency: nine digits modulo 31; the sign between is the century. */
function checkHetu(value: string): Verdict {
  // `-` is a separator elsewhere and was taken out.
  const parts = /^(\d\d)(\d\d)(\d\d)([+A-FU-Y])?(\d{3})([0-9A-Y])$/.exec(value)
  if (parts === null) return false
  const sign = parts[4] ?? '-'
  const century = sign === '+' ? 1800 : /[A-F]/.test(sign) ? 2000 : 1900
  if (!isDate(century + Number(parts[3]), Number(parts[2]), Number(parts[1])) || Number(parts[5]) < 2)
    return false
  const number = Number(`${value.slice(0, 6)}${parts[5] ?? ''}`)
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === parts[6]
}

/** Skatteverket, SKV 704: Luhn over ten digits; a day plus 60 is a coordination number. `+`: over a hundred years old. */
function checkPersonnummer(value: string): Verdict {
  const parts = /^(18|19|20)?(\d\d)(\d\d)(\d\d)\+?(\d{4})$/.exec(value)
  if (parts === null) return false
  const day = Number(parts[4]) % 60
  const dated = ['18', '19', '20']
    .filter((century) => parts[1] === undefined || parts[1] === century)
    .some((century) => isDate(Number(`${century}${parts[2] ?? ''}`), Number(parts[3]), day))
  return dated && luhn(`${parts[2] ?? ''}${parts[3] ?? ''}${parts[4] ?? ''}${parts[5] ?? ''}`)
}

/** Nüfus ve Vatandaşlık İşleri: two check digits, the last of which is the sum of the first ten. */
function checkTurkishId(value: string): Verdict {
  if (!/^[1-9]\d{10}$/.test(value)) return false
  const odd = weighted(value, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weighted(value, [0, 1, 0, 1, 0, 1, 0, 1])
  const tenth = (((7 * odd - even) % 10) + 10) % 10
  return tenth === Number(value[9]) && (odd + even + tenth) % 10 === Number(value[10])
}
