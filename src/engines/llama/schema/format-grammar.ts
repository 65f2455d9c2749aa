import { source, type Expression } from './expression.ts'
import { patternGrammar } from './pattern-grammar.ts'

/**
 * What stands between the quotes of a string of a format, in its plainest form: an IPv6 address in its eight groups, an
 * address of mail without quotes. Undefined for those that only the validator knows.
 */
export function formatGrammar(format: string): Expression | undefined {
  return FORMATS.get(format)
}

// Each year has 28 February; 29 February only where the year divides by four, and a century by four hundred.
const DATE = `([0-9]{4} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])) | ([0-9]{2} ("0" [48] | [2468] [048] | [13579] [26]) | ([02468] [048] | [13579] [26]) "00") "-02-29")`
const TIME =
  '(([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,9})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]))'

const HEX = '[0-9a-fA-F]'
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const LABEL = '[a-zA-Z0-9]{1,20}(-[a-zA-Z0-9]{1,20}){0,2}'
const HOST = `${LABEL}(\\.${LABEL}){0,3}`
const PATH = "[A-Za-z0-9._~!$&'()*+,;=:@-]"
const DAYS = '[0-9]{1,4}D'
const CLOCK = 'T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S)'
const CALENDAR = `([0-9]{1,4}Y([0-9]{1,4}M(${DAYS})?)?|[0-9]{1,4}M(${DAYS})?|${DAYS})`

const PATTERNS: Readonly<Record<string, string>> = {
  uuid: `^${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}$`,
  email: `^[A-Za-z0-9_]{1,20}([.+-][A-Za-z0-9_]{1,20}){0,2}@${LABEL}(\\.${LABEL}){1,3}$`,
  hostname: `^${HOST}$`,
  ipv4: `^(${BYTE}\\.){3}${BYTE}$`,
  ipv6: `^(${HEX}{1,4}:){7}${HEX}{1,4}$`,
  uri: `^[a-z][a-z0-9+.-]{0,20}:(//${HOST}(:[0-9]{1,5})?(/${PATH}*)*|${PATH}+(/${PATH}*)*)(\\?${PATH}*)?(#${PATH}*)?$`,
  duration: `^P([0-9]{1,4}W|${CALENDAR}(${CLOCK})?|${CLOCK})$`,
  'json-pointer': '^(/([^~/]|~[01])*)*$',
}

const FORMATS: ReadonlyMap<string, Expression | undefined> = new Map([
  ['date', source(DATE)],
  ['time', source(TIME)],
  ['date-time', source(`${DATE} "T" ${TIME}`)],
  ...Object.entries(PATTERNS).map(([format, pattern]) => [format, patternGrammar(pattern)] as const),
])
