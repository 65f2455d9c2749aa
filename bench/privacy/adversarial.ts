import { seededRandom } from '../../src/evidence/seeded-random.ts'

/** Texts of `bytes` in UTF-8 that are nothing but the start of something, or noise of what values consist of. */
export function* adversarialTexts(bytes: number): Generator<readonly [name: string, text: string]> {
  for (const [name, piece] of Object.entries(PIECES))
    yield [name, piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)))]
  for (const [name, alphabet] of Object.entries(ALPHABETS)) yield [name, noise(alphabet, bytes)]
}

const PIECES = {
  'no space': 'a',
  'all digits': '1234567890',
  'single digits': '1 ',
  'all @': '@',
  'a@': 'a@',
  dots: '.',
  'a.': 'a.',
  colons: ':',
  'a:': 'a:',
  hyphens: '-',
  'sk-': 'sk-',
  'sk-a1': 'sk-a1',
  'PEM beginnings': '-----BEGIN PRIVATE KEY-----',
  'http://': 'http://',
  'http://a.com/': 'http://a.com/',
  'JWT beginnings': 'eyJhbGciOiJ1.',
  brackets: '(1',
  plus: '+1 ',
  'groups of digits': '123 45 ',
  'phones with a label': 'call 415 555 0132 ',
  cards: '4111 1111 1111 1111 ',
  IBANs: 'AT61 1904 3002 3457 3201 ',
  dates: '2024-01-01 ',
  'password="': 'password="',
  'postgres://u:p@': 'postgres://u:p@',
  'a%40': 'a%40',
  'words of context': 'ssn phone passport account 123456789 ',
  Devanagari: '३९९८ ७६५४ ३२११ ',
  Thai: 'เลขบัตรประชาชน',
  'zero width': '4\u200b1',
  Cyrillic: 'А1',
  'half a pair': '\ud835',
  'one word of context': 'رقم ',
  'JWTs that do not end': 'Aask-eyJ',
  'names without values': 'key=',
  'keys without an end': 'xoxb-AAAAAAAAAA-',
} as const

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'

const ALPHABETS = {
  'noise of letters and digits': `${LETTERS}${LETTERS.toUpperCase()}${DIGITS}`,
  'noise with spaces': `${LETTERS.toUpperCase()}${DIGITS} `,
  'noise of digits and signs': `${DIGITS} -./():+`,
  'noise of hexadecimals': '0123456789abcdef:.- ',
} as const

function noise(alphabet: string, chars: number): string {
  const { uint32 } = seededRandom(6)
  return Array.from({ length: chars }, () => alphabet[uint32() % alphabet.length]).join('')
}
