import type { Recogniser, Verdict } from '../recogniser.ts'

export const vehicle: readonly Recogniser[] = [
  {
    entity: 'VIN',
    kind: 'vehicle',
    sensitivity: 2,
    regions: [],
    shapes: [{ pattern: /[A-HJ-NPR-Z0-9]{17}/, score: 0.2 }],
    check: checkVin,
    checksum: true,
    lenient: true,
    alone: 0.6,
    context: {
      en: 'vin, vehicle identification, chassis, chassis number, vehicle identification number, frame number',
      hi: 'चेसिस, चेसिस नंबर, चेसिस संख्या',
      mr: 'चेसिस, चासी क्रमांक',
      ar: 'رقم الهيكل, الشاسيه, هيكل',
      de: 'fahrgestellnummer, fin, fahrzeug-identifizierungsnummer',
      fr: 'numéro de châssis, châssis',
    },
  },
]

const VALUES: Readonly<Record<string, number>> = Object.fromEntries([
  ...Array.from('ABCDEFGH', (letter, at) => [letter, at + 1]),
  ...Array.from('JKLMN', (letter, at) => [letter, at + 1]),
  ['P', 7],
  ['R', 9],
  ...Array.from('STUVWXYZ', (letter, at) => [letter, at + 2]),
  ...Array.from('0123456789', (letter, at) => [letter, at]),
])

const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

/** 49 CFR 565.15: the ninth character, in North America and China; elsewhere it may be anything. */
function checkVin(value: string): Verdict {
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(value) || /^\d{17}$|^[A-Z]{17}$/.test(value)) return false
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * (VALUES[value[at] ?? ''] ?? 0), 0)
  return '0123456789X'[sum % 11] === value[8]
}
