import { isDate, isOneDigit, luhn, verhoeff, weighted } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const africaAmericas: readonly Recogniser[] = [
  {
    entity: 'NG_NIN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['NG'],
    shapes: [{ pattern: /\d{11}/, score: 0.1 }],
    check: (value) => /^\d{11}$/.test(value) && verhoeff(value),
    checksum: true,
    context: {
      en: 'nin, national identification, national identification number, nimc, nigerian',
    },
  },
  {
    entity: 'NG_VEHICLE_REGISTRATION',
    kind: 'vehicle',
    sensitivity: 2,
    regions: ['NG'],
    shapes: [{ pattern: /[A-Z]{3}[ -]?\d{3}[A-Z]{2}/i, score: 0.5 }],
    checksum: false,
    context: {
      en: 'plate, plates, plate number, vehicle, registration, license plate, frsc',
      hi: 'वाहन',
      mr: 'वाहन',
      ar: 'لوحة',
    },
  },
  {
    entity: 'ZA_ID_NUMBER',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['ZA'],
    shapes: [{ pattern: /\d{10}[012]\d{2}|\d{6} \d{4} [012]\d{2}/, score: 0.3, alone: 0.5 }],
    check: checkSouthAfrican,
    checksum: true,
    context: {
      en: 'rsa id, sa id, south african, id number, identity number, permanent resident',
    },
  },
  {
    entity: 'BR_CPF',
    kind: 'tax',
    sensitivity: 3,
    regions: ['BR'],
    shapes: [
      { pattern: /\d{3}\.\d{3}\.\d{3}-\d{2}/, score: 0.5, alone: 1 },
      { pattern: /\d{9}-\d{2}/, score: 0.3, alone: 0.9 },
      { pattern: /\d{11}/, score: 0.1, alone: 0.35 },
    ],
    check: checkCpf,
    checksum: true,
    context: {
      pt: 'cpf, cadastro de pessoa, cadastro de pessoas físicas, contribuinte',
      en: 'cpf, brazilian tax',
    },
  },
  {
    entity: 'BR_CNPJ',
    kind: 'company',
    sensitivity: 1,
    regions: ['BR'],
    shapes: [
      { pattern: /[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}\/[A-Z0-9]{4}-\d{2}/i, score: 0.5, alone: 1 },
      { pattern: /\d{14}/, score: 0.1, alone: 0.5 },
    ],
    check: checkCnpj,
    checksum: true,
    context: {
      pt: 'cnpj, cadastro nacional, pessoa jurídica, empresa',
      en: 'cnpj, brazilian company',
    },
  },
  {
    entity: 'CA_SIN',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['CA'],
    shapes: [
      { pattern: /[1-79]\d{2}-\d{3}-\d{3}|[1-79]\d{2} \d{3} \d{3}/, score: 0.3, alone: 0.5 },
      { pattern: /[1-79]\d{8}/, score: 0.05 },
    ],
    check: (value) => /^[1-79]\d{8}$/.test(value) && !isOneDigit(value) && luhn(value),
    checksum: true,
    context: {
      en: 'sin, social insurance, social insurance number, canadian',
      fr: 'nas, numéro d assurance sociale, assurance sociale',
      hi: 'सामाजिक बीमा',
      mr: 'सामाजिक विमा',
      ar: 'التأمين الاجتماعي',
    },
  },
]

/** Department of Home Affairs: date of birth, sequence, citizenship 0 to 2, Luhn. The year has no century. */
function checkSouthAfrican(value: string): Verdict {
  const parts = /^(\d\d)(\d\d)(\d\d)\d{4}[012]\d{2}$/.exec(value)
  if (parts === null) return false
  const dated = [1900, 2000].some((century) =>
    isDate(century + Number(parts[1]), Number(parts[2]), Number(parts[3])),
  )
  return dated && luhn(value)
}

/** Receita Federal: two check digits modulo 11. */
function checkCpf(value: string): Verdict {
  if (!/^\d{11}$/.test(value) || isOneDigit(value)) return false
  const first = elevenDigit(weighted(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]))
  const second = elevenDigit(weighted(value, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]))
  return first === Number(value[9]) && second === Number(value[10])
}

/** The same with letters, which count by their place in ASCII (Instrução Normativa RFB 2.229/2024). */
function checkCnpj(value: string): Verdict {
  if (!/^[A-Z0-9]{12}\d{2}$/.test(value) || isOneDigit(value)) return false
  const weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
  return (
    elevenDigit(weighted(value, weights.slice(1))) === Number(value[12]) &&
    elevenDigit(weighted(value, weights)) === Number(value[13])
  )
}

function elevenDigit(sum: number): number {
  const rest = sum % 11
  return rest < 2 ? 0 : 11 - rest
}
