import { nearestNames } from '../core/nearest.ts'

/** Codes of ISO 3166-1 alpha-2 as assigned in 2025, and `EU`, which it reserves and licences name. */
const CODES: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG ' +
    'CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL ' +
    'GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA ' +
    'LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP ' +
    'NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV ' +
    'SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU'
  ).split(' '),
)

export function isCountryCode(text: string): boolean {
  return CODES.has(text)
}

/** What somebody most likely means who wrote something else: `Germany`, `DEU`, `uk`. Undefined: nobody can tell. */
export function nearestCountryCode(text: string): string | undefined {
  const given = text.trim().slice(0, 64)
  const capitals = given.toUpperCase()
  if (CODES.has(capitals)) return capitals
  const known = OFTEN_WRITTEN.get(capitals)
  // Of two letters every other code is as near.
  if (known !== undefined || given.length < 3) return known
  const names = codesByName()
  const [nearest] = nearestNames(given, names.keys(), 1)
  return nearest === undefined ? undefined : names.get(nearest)
}

/** What is no code and stands in the place of one all the time. */
const OFTEN_WRITTEN: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
  ['USA', 'US'],
  ['UAE', 'AE'],
  ['KSA', 'SA'],
  ['DEU', 'DE'],
  ['GBR', 'GB'],
  ['IND', 'IN'],
  ['FRA', 'FR'],
  ['CHN', 'CN'],
  ['ENGLAND', 'GB'],
  ['SCOTLAND', 'GB'],
  ['WALES', 'GB'],
])

function codesByName(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  return new Map([...CODES].map((code) => [names.of(code) ?? code, code]))
}
