import { luhn, remainder, weighted } from '../checksums.ts'
import { IBAN_FORMS } from './iban-forms.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

const ACCOUNT_WORDS = {
  en: 'account, acct, bank, banking, savings, checking, debit, account number, a/c',
  hi: 'खाता, खाता संख्या, बैंक',
  mr: 'खाते, खाते क्रमांक, बँक',
  ar: 'حساب, رقم الحساب, البنك, بنك',
  de: 'konto, kontonummer, bank',
  fr: 'compte, banque',
  es: 'cuenta, banco',
} as const

export const bank: readonly Recogniser[] = [
  {
    entity: 'IBAN_CODE',
    kind: 'financial',
    sensitivity: 3,
    regions: [],
    shapes: [
      { pattern: /[A-Z]{2}\d{2}[A-Z0-9]{8,30}/i, score: 0.4 },
      { pattern: /[A-Z]{2}\d{2}(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,3})?/i, score: 0.4 },
    ],
    check: checkIban,
    checksum: true,
    labelled: true,
    alone: 1,
    context: {
      en: 'iban, bank, account, transfer, wire',
      hi: 'आईबीएएन, खाता, बैंक',
      mr: 'आयबीएएन, खाते, बँक',
      ar: 'آيبان, ايبان, حساب, بنك, البنك',
      de: 'konto, kontonummer, bankverbindung, überweisung',
    },
  },
  {
    entity: 'BIC_CODE',
    kind: 'financial',
    sensitivity: 1,
    regions: [],
    shapes: [{ pattern: /[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?/, score: 0.1, accept: hasCountry }],
    check: (value) => /^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(value) && hasCountry(value) !== false,
    checksum: false,
    context: {
      en: 'bic, swift, swift code, bank identifier, bic code',
      hi: 'स्विफ्ट, स्विफ्ट कोड',
      mr: 'स्विफ्ट, स्विफ्ट कोड',
      ar: 'سويفت, رمز السويفت',
    },
  },
  {
    entity: 'ABA_ROUTING_NUMBER',
    kind: 'financial',
    sensitivity: 1,
    regions: ['US'],
    shapes: [
      { pattern: /[0123678]\d{8}/, score: 0.05 },
      { pattern: /[0123678]\d{3}-\d{4}-\d/, score: 0.3 },
    ],
    check: (value) =>
      /^[0123678]\d{8}$/.test(value) && weighted(value, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
    checksum: true,
    context: {
      en: 'aba, routing, routing number, bank, abarouting, rtn, bankrouting',
      hi: 'रूटिंग',
      mr: 'राउटिंग',
      ar: 'رقم التوجيه',
    },
  },
  {
    entity: 'US_BANK_NUMBER',
    kind: 'financial',
    sensitivity: 3,
    regions: [],
    shapes: [{ pattern: /\d{8,17}/, score: 0.05 }],
    checksum: false,
    context: ACCOUNT_WORDS,
  },
  {
    entity: 'IN_IFSC',
    kind: 'financial',
    sensitivity: 1,
    regions: ['IN'],
    shapes: [
      { pattern: /[A-Z]{4}0\d{6}/, score: 0.6 },
      { pattern: /[A-Z]{4}0[A-Z0-9]{6}/i, score: 0.3 },
    ],
    checksum: false,
    certain: true,
    context: {
      en: 'ifsc, neft, rtgs, imps, branch, bank',
      hi: 'आईएफएससी, शाखा, बैंक',
      mr: 'आयएफएससी, शाखा, बँक',
    },
  },
  {
    entity: 'IMEI',
    kind: 'device',
    sensitivity: 2,
    regions: [],
    shapes: [
      { pattern: /\d{15}/, score: 0.05 },
      { pattern: /\d{2}-\d{6}-\d{6}-\d/, score: 0.4, alone: 0.9 },
    ],
    check: (value) => /^\d{15}$/.test(value) && luhn(value),
    checksum: true,
    context: {
      en: 'imei, device, handset, phone, serial',
      hi: 'आईएमईआई',
      mr: 'आयएमईआय',
      ar: 'الجهاز',
    },
  },
]

function hasCountry(matched: string): Verdict {
  return COUNTRIES.has(matched.slice(4, 6)) ? null : false
}

/** ISO 13616-1: the form of the country, and mod 97 with the first four characters at the end. */
function checkIban(value: string): Verdict {
  const form = IBAN_FORMS.get(value.slice(0, 2))
  if (form === undefined || !form.test(value.slice(4)) || !/^\d\d$/.test(value.slice(2, 4))) return false
  return remainder(value.slice(4) + value.slice(0, 4), 97) === 1
}

/** ISO 3166-1 alpha-2, and XK, which banks use for Kosovo. */
export const COUNTRIES: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC ' +
    'CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD ' +
    'GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH ' +
    'KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW ' +
    'MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC ' +
    'SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY ' +
    'UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'
  ).split(' '),
)
