/** A token, as `mask` made it, and the value that it stands for. */
export type Stood = { readonly token: string; readonly value: string }

/** One way in which a model, a renderer or an editor spoils a token, and what a reader must get for it. */
export type Mangling = {
  readonly group: string
  readonly name: string
  readonly mangle: (token: string) => string
  /** Default: the value alone. */
  readonly restored?: (value: string) => string
  /** What the text is written in as a whole; default: plain. */
  readonly form?: 'json'
}

const OPEN = '⟦'
const CLOSE = '⟧'

const bare = (token: string): string => token.slice(OPEN.length, -CLOSE.length)
const between = (open: string, close: string) => (token: string) => open + bare(token) + close
const kept = (before: string, after: string) => (value: string) => before + value + after
const joined = (separator: string) => (token: string) => token.replaceAll('_', separator)
/** One character put into the middle of the code: six places from the end, before the closing bracket. */
const inCode = (what: string) => (token: string) => token.slice(0, -5) + what + token.slice(-5)
const inName = (what: string) => (token: string) => token.slice(0, 3) + what + token.slice(3)
const isFullWidth = (code: number): boolean => code > 0x20 && code < 0x7f

function fullWidth(text: string): string {
  return Array.from(text)
    .map((each) => {
      const code = each.charCodeAt(0)
      return isFullWidth(code) ? String.fromCharCode(code + 0xfee0) : each
    })
    .join('')
}

function titled(text: string): string {
  return text.toLowerCase().replaceAll(/(?<=⟦|_)[a-z]/g, (letter) => letter.toUpperCase())
}

function alternating(text: string): string {
  return Array.from(text)
    .map((each, at) => (at % 2 === 0 ? each.toLowerCase() : each.toUpperCase()))
    .join('')
}

const html = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function group(name: string, manglings: readonly Omit<Mangling, 'group'>[]): readonly Mangling[] {
  return manglings.map((each) => ({ group: name, ...each }))
}

/** Characters that nobody sees; the last two are marks of direction, as editors of Arabic and Hebrew put in. */
const UNSEEN = {
  'zero-width space': '\u200b',
  joiner: '\u200d',
  'non-joiner': '\u200c',
  'soft hyphen': '\u00ad',
}
const MARKS = { 'byte order mark': '\ufeff', 'word joiner': '\u2060', 'right-to-left mark': '\u200f' }

const QUOTES = ['""', "''", '``', '“”', '‘’', '„“', '«»', '‹›', '「」', '『』']
/** Brackets that a reader leaves where they are: they may be the writer's own. */
const FOREIGN = ['()', '{}', '<>', '⟪⟫', '〖〗', '（）']
const TRANSLATED = ['[]', '【】', '〚〛', '［］', '〔〕']

export const MANGLINGS: readonly Mangling[] = [
  ...group('as it was', [{ name: 'as it was', mangle: (token) => token }]),
  ...group('case', [
    { name: 'lower', mangle: (token) => token.toLowerCase() },
    { name: 'title', mangle: titled },
    { name: 'alternating', mangle: alternating },
  ]),
  ...group('spaces inside', [
    ...[' ', '  ', '\u00a0', '\u202f', '\n'].map((space) => ({
      name: `${JSON.stringify(space)} at the brackets`,
      mangle: (token: string) => OPEN + space + bare(token) + space + CLOSE,
    })),
    { name: 'for underscores', mangle: joined(' ') },
    { name: 'no-break, for underscores', mangle: joined('\u00a0') },
    { name: 'hyphens for underscores', mangle: joined('-') },
    { name: 'dashes for underscores', mangle: joined('–') },
    { name: 'line breaks for underscores', mangle: joined('\n') },
    { name: 'around underscores', mangle: joined(' _ ') },
    { name: 'in the code', mangle: inCode(' ') },
  ]),
  ...group('JSON escapes', [
    {
      name: 'of the brackets',
      mangle: between('\\u27e6', '\\u27e7'),
      restored: (value) => JSON.stringify(value).slice(1, -1),
    },
    {
      name: 'of brackets, in capitals',
      mangle: between('\\u27E6', '\\u27E7'),
      restored: (value) => JSON.stringify(value).slice(1, -1),
    },
    {
      name: 'of underscores too',
      mangle: (token) => between('\\u27e6', '\\u27e7')(token).replaceAll('_', '\\u005f'),
      restored: (value) => JSON.stringify(value).slice(1, -1),
    },
    {
      name: 'in an argument',
      mangle: (token) => token,
      restored: (value) => JSON.stringify(value).slice(1, -1),
      form: 'json',
    },
  ]),
  ...group('Markdown', [
    { name: 'underscores escaped', mangle: joined('\\_') },
    { name: 'underscores escaped twice', mangle: joined('\\\\_') },
    { name: 'brackets and underscores escaped', mangle: (token) => `\\[${joined('\\_')(bare(token))}\\]` },
    { name: 'bold', mangle: (token) => `**${token}**`, restored: kept('**', '**') },
    { name: 'italic', mangle: (token) => `_${token}_`, restored: kept('_', '_') },
    { name: 'code', mangle: (token) => `\`${token}\``, restored: kept('`', '`') },
    {
      name: 'link',
      mangle: (token) => `[to ${token}](mailto:${token})`,
      restored: (value) => `[to ${value}](mailto:${value})`,
    },
    { name: 'bold, without brackets', mangle: (token) => `**${bare(token)}**`, restored: kept('**', '**') },
  ]),
  ...group('HTML', [
    { name: 'decimal', mangle: between('&#10214;', '&#10215;'), restored: html },
    { name: 'hexadecimal', mangle: between('&#x27E6;', '&#x27E7;'), restored: html },
    { name: 'named', mangle: between('&lobrk;', '&robrk;'), restored: html },
    { name: 'underscores', mangle: joined('&#95;'), restored: html },
    { name: 'underscores, named', mangle: joined('&lowbar;'), restored: html },
    { name: 'in an element', mangle: (token) => `<b>${token}</b>`, restored: kept('<b>', '</b>') },
  ]),
  ...group('URL', [
    { name: 'percent', mangle: encodeURIComponent, restored: encodeURIComponent },
    {
      name: 'percent, lower case',
      mangle: (token) => encodeURIComponent(token).toLowerCase(),
      restored: encodeURIComponent,
    },
    {
      name: 'underscores too',
      mangle: (token) => encodeURIComponent(token).replaceAll('_', '%5F'),
      restored: encodeURIComponent,
    },
  ]),
  ...group('possessives', [
    ...["'s", '’s', '’', "'"].map((ending) => ({
      name: ending,
      mangle: (token: string) => token + ending,
      restored: kept('', ending),
    })),
    {
      name: 'without brackets',
      mangle: (token) => `${bare(token)}'s`,
      restored: kept('', "'s"),
    },
    {
      name: 'inside the brackets',
      mangle: (token) => `${token.slice(0, -1)}'s${CLOSE}`,
      restored: kept('', "'s"),
    },
  ]),
  ...group('plural endings', [
    { name: 's', mangle: (token) => `${token}s`, restored: kept('', 's') },
    { name: 'es', mangle: (token) => `${token}es`, restored: kept('', 'es') },
    { name: 's, without brackets', mangle: (token) => `${bare(token)}s`, restored: kept('', 's') },
    {
      name: 's, inside the brackets',
      mangle: (token) => `${token.slice(0, -1)}s${CLOSE}`,
      restored: kept('', 's'),
    },
    { name: 'of Hindi', mangle: (token) => `${token}ों`, restored: kept('', 'ों') },
    { name: 'of Hindi, without brackets', mangle: (token) => `${bare(token)}ने`, restored: kept('', 'ने') },
    { name: 'of Arabic', mangle: (token) => `و${token}ين`, restored: kept('و', 'ين') },
  ]),
  ...group('quotes', [
    ...QUOTES.map((pair) => ({
      name: pair,
      mangle: (token: string) => pair.charAt(0) + token + pair.charAt(1),
      restored: kept(pair.charAt(0), pair.charAt(1)),
    })),
    ...QUOTES.map((pair) => ({
      name: `${pair} for brackets`,
      mangle: between(pair.charAt(0), pair.charAt(1)),
      restored: kept(pair.charAt(0), pair.charAt(1)),
    })),
  ]),
  ...group('other brackets', [
    ...TRANSLATED.map((pair) => ({ name: pair, mangle: between(pair.charAt(0), pair.charAt(1)) })),
    { name: '[[]]', mangle: between('[[', ']]') },
    ...FOREIGN.map((pair) => ({
      name: `${pair}, kept`,
      mangle: between(pair.charAt(0), pair.charAt(1)),
      restored: kept(pair.charAt(0), pair.charAt(1)),
    })),
    { name: '{{}}, kept', mangle: between('{{', '}}'), restored: kept('{{', '}}') },
  ]),
  ...group('brackets lost', [
    { name: 'both', mangle: bare },
    { name: 'closing', mangle: (token) => token.slice(0, -1) },
    { name: 'opening', mangle: (token) => token.slice(1) },
    { name: 'both, lower case', mangle: (token) => bare(token).toLowerCase() },
    { name: 'both, before a full stop', mangle: (token) => `${bare(token)}.`, restored: kept('', '.') },
  ]),
  ...group('full-width', [
    { name: 'letters, digits, underscores', mangle: fullWidth },
    { name: 'with its brackets', mangle: (token) => fullWidth(between('[', ']')(token)) },
    { name: 'underscores only', mangle: joined('＿') },
    { name: 'without brackets', mangle: (token) => fullWidth(bare(token)) },
    { name: 'lower case', mangle: (token) => fullWidth(token.toLowerCase()) },
  ]),
  ...group('zero-width', [
    ...Object.entries({ ...UNSEEN, ...MARKS }).flatMap(([name, mark]) => [
      { name: `${name} in the code`, mangle: inCode(mark) },
      { name: `${name} in the name`, mangle: inName(mark) },
      {
        name: `${name} at the brackets`,
        mangle: (token: string) => OPEN + mark + bare(token) + mark + CLOSE,
      },
    ]),
    { name: 'after every underscore', mangle: joined('_\u200b') },
    { name: 'in the code, without brackets', mangle: (token) => inCode('\u200b')(bare(token)) },
  ]),
  ...group('two at once', [
    { name: 'lower case, Markdown', mangle: (token) => joined('\\_')(token.toLowerCase()) },
    {
      name: 'lower case, other brackets, possessive',
      mangle: (token) => `[${bare(token).toLowerCase()}]'s`,
      restored: kept('', "'s"),
    },
    {
      name: 'spaces for underscores, other brackets',
      mangle: (token) => joined(' ')(between('【', '】')(token)),
    },
    { name: 'spaces for underscores, no brackets', mangle: (token) => joined(' ')(bare(token)) },
    {
      name: 'Markdown, no brackets, plural',
      mangle: (token) => `${joined('\\_')(bare(token))}s`,
      restored: kept('', 's'),
    },
    { name: 'zero-width and lower case', mangle: (token) => inCode('\u200b')(token.toLowerCase()) },
  ]),
]

/** What looks like a token of this scope and is none. */
export type LookAlike = { readonly name: string; readonly make: (token: string, other: string) => string }

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXY'
const codeAt = (token: string): number => token.length - CLOSE.length - 7
const nextOf = (character: string): string =>
  ALPHABET.charAt((ALPHABET.indexOf(character) + 1) % ALPHABET.length)

function withCharacter(token: string, at: number): string {
  return token.slice(0, at) + nextOf(token.charAt(at)) + token.slice(at + 1)
}

function swapped(token: string): string {
  const at = codeAt(token)
  for (let place = at; place < at + 5; place += 1)
    if (token.charAt(place) !== token.charAt(place + 1))
      return token.slice(0, place) + token.charAt(place + 1) + token.charAt(place) + token.slice(place + 2)
  return withCharacter(token, at)
}

/** `other` is a token of another scope, of the same entity. */
const PLAIN_LOOK_ALIKES: readonly LookAlike[] = [
  { name: 'a wrong check character', make: (token) => withCharacter(token, codeAt(token) + 6) },
  ...[0, 1, 2, 3, 4, 5].map((place) => ({
    name: `another character ${place + 1}`,
    make: (token: string) => withCharacter(token, codeAt(token) + place),
  })),
  { name: 'two characters swapped', make: swapped },
  { name: 'another scope’s token', make: (_token, other) => other },
  { name: 'another kind', make: (token) => `⟦OTHER_KIND_${token.slice(codeAt(token))}` },
  { name: 'a shorter code', make: (token) => token.slice(0, -2) + CLOSE },
  { name: 'a longer code', make: (token) => `${token.slice(0, -1)}0${CLOSE}` },
  { name: 'the kind alone', make: (token) => token.slice(0, codeAt(token) - 1) + CLOSE },
  { name: 'the code alone', make: (token) => `⟦${token.slice(codeAt(token))}` },
  { name: 'a longer word before it', make: (token) => `X${bare(token)}` },
  { name: 'a longer word behind it', make: (token) => `${bare(token)}X` },
]

/** The same in the spellings that a reader is patient with. */
export const LOOK_ALIKES: readonly LookAlike[] = PLAIN_LOOK_ALIKES.flatMap(({ name, make }) => [
  { name, make },
  { name: `${name}, lower case`, make: (token, other) => make(token, other).toLowerCase() },
  { name: `${name}, Markdown`, make: (token, other) => joined('\\_')(make(token, other)) },
  {
    name: `${name}, square brackets`,
    make: (token, other) => make(token, other).replace(OPEN, '[').replace(CLOSE, ']'),
  },
  { name: `${name}, no brackets`, make: (token, other) => make(token, other).replaceAll(/[⟦⟧]/g, '') },
  { name: `${name}, full-width`, make: (token, other) => fullWidth(make(token, other)) },
  {
    name: `${name}, a space at the brackets`,
    make: (token, other) => make(token, other).replace(OPEN, '⟦ '),
  },
])
