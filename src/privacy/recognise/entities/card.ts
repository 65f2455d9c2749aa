import { luhn } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const creditCard: Recogniser = {
  entity: 'CREDIT_CARD',
  kind: 'financial',
  sensitivity: 3,
  regions: [],
  shapes: [
    { pattern: /\d{12,19}/, score: 0.3 },
    // Written in the groups of a card and begun like one: with a typing error in it, it is a card still.
    {
      pattern: /\d{4}-\d{4}-\d{4}-\d{4}|\d{4} \d{4} \d{4} \d{4}/,
      score: 0.4,
      alone: 1,
      lenient: true,
      accept: isCommon,
    },
    { pattern: /\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{1,4})?(?:[ -]\d{1,3})?/, score: 0.3, alone: 1 },
    { pattern: /\d{4}[ -]\d{6}[ -]\d{4,5}/, score: 0.3, alone: 1 },
    { pattern: /\d{6}[ -]\d{13}/, score: 0.3, alone: 1 },
  ],
  check: checkCard,
  checksum: true,
  labelled: true,
  alone: 0.95,
  context: {
    en: 'card, credit, debit, visa, mastercard, amex, american express, discover, jcb, diners, maestro, rupay, cc, pan, ccn, payment',
    hi: 'कार्ड, क्रेडिट कार्ड, डेबिट कार्ड',
    mr: 'कार्ड, क्रेडिट कार्ड, डेबिट कार्ड',
    ar: 'بطاقة, بطاقة الائتمان, بطاقة ائتمان, فيزا',
    de: 'kreditkarte, karte',
    fr: 'carte, carte bancaire',
    es: 'tarjeta',
    it: 'carta',
    pt: 'cartão',
  },
}

function checkCard(digits: string): Verdict {
  if (!/^\d{12,19}$/.test(digits)) return false
  // The cheaper question first: nine numbers in ten go no further.
  return luhn(digits) && hasIssuer(digits)
}

/** Issuer identification numbers and lengths by scheme, as the schemes publish them; the test ranges of no scheme are left out. */
function hasIssuer(digits: string): boolean {
  const prefix = Number(digits.slice(0, 6))
  return ISSUERS.some((row) => prefix >= row[0] && prefix <= row[1] && row.includes(digits.length, 2))
}

/** Visa, Mastercard, American Express, Discover, JCB, UnionPay: what most cards are. */
function isCommon(matched: string): Verdict {
  return /^(?:4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|3[47]|35|6011|62|65)/.test(matched) ? null : false
}

const LONG = [16, 17, 18, 19] as const

const ISSUERS: readonly (readonly [from: number, to: number, ...lengths: number[]])[] = [
  [400000, 499999, 13, 16, 19], // Visa
  [510000, 559999, 16], // Mastercard
  [222100, 272099, 16], // Mastercard
  [340000, 349999, 15], // American Express
  [370000, 379999, 15], // American Express
  [300000, 305999, 14, ...LONG], // Diners Club
  [309500, 309599, 14, ...LONG], // Diners Club
  [360000, 369999, 14, ...LONG], // Diners Club
  [380000, 399999, 14, ...LONG], // Diners Club
  [352800, 358999, ...LONG], // JCB
  [180000, 180099, 15], // JCB
  [213100, 213199, 15], // JCB
  [601100, 601199, ...LONG], // Discover
  [622126, 622925, ...LONG], // Discover
  [644000, 659999, ...LONG], // Discover
  [620000, 629999, ...LONG], // UnionPay
  [810000, 817199, ...LONG], // UnionPay, RuPay
  [820000, 829999, 16], // RuPay
  [500000, 509999, 12, 13, 14, 15, ...LONG], // Maestro, Dankort, Elo, RuPay
  [560000, 589999, 12, 13, 14, 15, ...LONG], // Maestro
  [600000, 699999, 12, 13, 14, 15, ...LONG], // Maestro, RuPay
  [220000, 220499, ...LONG], // Mir
  [979200, 979299, 16], // Troy
  [100000, 199999, 15], // UATP
]
