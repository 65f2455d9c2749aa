import { source, type Expression } from './expression.ts'

const WHOLE = '("0" | [1-9] [0-9]{0,14})'
export const FRACTION = '("." [0-9]{1,15})?'
export const EXPONENT = '([eE] [-+]? [0-9]{1,2})?'

/** Plain JSON. */
const bodies = {
  // Bounded, because small models like to write white space for ever.
  ws: String.raw`| " " | "\n" [ \t]{0,20}`,
  char: String.raw`[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})`,
  // Where length counts: \uD83D\uDE00 is one character for a validator and would be two for the grammar.
  'plain-char': String.raw`[^"\\\x7F\x00-\x1F] | "\\" ["\\/bfnrt]`,
  string: String.raw`"\"" char* "\""`,
  // At most 15 digits: every integer below 10^15 is exact in a double.
  integer: `"-"? ${WHOLE}`,
  number: `integer ${FRACTION} ${EXPONENT}`,
  boolean: '"true" | "false"',
  null: '"null"',
  value: 'object | array | string | number | boolean | null',
  object: '"{" ws (string ":" ws value ws ("," ws string ":" ws value ws)*)? "}"',
  array: '"[" ws (value ws ("," ws value ws)*)? "]"',
} as const

export const jsonRules: ReadonlyMap<string, Expression> = new Map(
  Object.entries(bodies).map(([name, body]) => [name, source(body, namesIn(body))]),
)

/** What stands in quotes or brackets is no name. */
function namesIn(body: string): readonly string[] {
  return body.replace(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]/g, ' ').match(/[a-z][a-z-]*/g) ?? []
}
