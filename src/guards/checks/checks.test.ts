import { describe, expect, test } from 'vitest'
import type { About, BlockKind, LocalCheck, Piece, WholeCheck } from '../guard.ts'
import { denyCheck } from './deny.ts'
import { jsonSchemaCheck } from './json-schema.ts'
import { guessLanguage } from '../../privacy/guess-language.ts'
import { languageCheck } from './language.ts'
import { lengthCheck } from './length.ts'
import { promptLeakCheck } from './prompt-leak.ts'
import { personalDataCheck, secretsCheck } from './recognised.ts'

const about: About = {
  systemPrompt: '',
  said: [],
  ask: () => Promise.reject(new Error('no model')),
  nowMs: () => 0,
}

const found = (check: LocalCheck, text: string, more: Partial<About> = {}) =>
  check
    .open({ ...about, ...more })(text)
    .map(({ what, start, end }) => [what, text.slice(start, end)])

const piece = (text: string, kind: BlockKind = 'text'): Piece => ({ where: 'answer', kind, text })
const judge = async (check: WholeCheck, ...pieces: Piece[]) =>
  (await check.judge(pieces, about)).map(({ what }) => what)

describe('secrets and personal data', () => {
  test('are apart: each guard finds its own', () => {
    const text = 'Write to ana@clinic.example, the key is sk-proj-abcdefghijklmnopqrstuvwx1234.'
    expect(found(secretsCheck(), text)).toEqual([['API_KEY', 'sk-proj-abcdefghijklmnopqrstuvwx1234']])
    expect(found(personalDataCheck(), text)).toEqual([['EMAIL_ADDRESS', 'ana@clinic.example']])
    expect(found(personalDataCheck({ entities: ['IN_PAN'] }), text)).toEqual([])
  })

  test('that are nobody’s are let through', () => {
    expect(found(personalDataCheck({ allow: ['help@clinic.example'] }), 'help@clinic.example')).toEqual([])
  })
})

describe('denied topics', () => {
  const check = denyCheck([
    { topic: 'falcon', words: ['Project Falcon', 'गुप्त योजना', 'مشروع الصقر'] },
    { topic: 'file-number', pattern: 'ACME-\\d{6}' },
  ])

  test.each([
    ['we call it PROJECT   falcon!', [['falcon', 'PROJECT   falcon']]],
    ['pro​ject fal​con', [['falcon', 'pro​ject fal​con']]],
    ['рrojеct falcon', [['falcon', 'рrojеct falcon']]],
    ['यह गुप्त योजना है', [['falcon', 'गुप्त योजना']]],
    ['هذا مَشروعُ الصَّقر', [['falcon', 'مَشروعُ الصَّقر']]],
    ['projects falconry', []],
    ['see ACME-123456 and ACME-12', [['file-number', 'ACME-123456']]],
  ])('in %j', (text, spans) => {
    expect(found(check, text)).toEqual(spans)
  })

  test.each([
    [{ topic: 'x', pattern: '(a)\\1' }, 'no RE2 expression'],
    [{ topic: 'x', pattern: 'a*' }, 'matches the empty text'],
    [{ topic: 'x', pattern: 'a'.repeat(1_001) }, 'expected at most 1000'],
    [{ topic: 'x', words: ['!!'] }, 'no word in it'],
  ])('that cannot be looked for are refused: %j', (topic, why) => {
    expect(() => denyCheck([topic])).toThrow(why)
  })

  test('a pattern that would take for ever elsewhere takes linear time here', () => {
    const slow = denyCheck([{ topic: 'x', pattern: '(a+)+b' }]).open(about)
    expect(slow('a'.repeat(20_000))).toEqual([])
  })
})

describe('JSON of a schema', () => {
  const check = jsonSchemaCheck((json) => (json.includes('"a"') ? undefined : 'required'))

  test('is the whole text of the answer', async () => {
    expect(await judge(check, piece('{"a":1}'))).toEqual([])
    expect(await judge(check, piece('{"b":1}'))).toEqual(['required'])
    expect(await judge(check, piece('Here: {"a":1}'))).toEqual(['not-json'])
  })

  test('is not asked of thoughts and calls', async () => {
    expect(await judge(check, piece('hm', 'reasoning'), piece('{', 'tool-call'))).toEqual([])
  })
})

test.each([
  ['ab', ['too-short']],
  ['abcde', []],
  ['🎉🎉🎉🎉🎉', ['too-many-tokens']],
  ['abcdefghijk', ['too-long']],
])('the length of %j is judged in characters and estimated tokens', async (text, what) => {
  expect(await judge(lengthCheck({ minChars: 3, maxChars: 10, maxTokens: 5 }), piece(text))).toEqual(what)
})

describe('the language', () => {
  test.each([
    ['en', 'The children went to the market and they bought apples for the teacher.'],
    ['hi', 'बच्चे बाज़ार गए और उन्होंने अपने अध्यापक के लिए सेब ख़रीदे।'],
    ['mr', 'मुले बाजारात गेली आणि त्यांनी शिक्षकांसाठी सफरचंदे घेतली आहेत.'],
    ['ar', 'ذهب الأطفال إلى السوق واشتروا التفاح لمعلمهم.'],
    ['other', 'بچے بازار گئے اور انہوں نے اپنے استاد کے لیے سیب خریدے۔'],
    ['other', 'بچه‌ها به بازار رفتند و برای معلم خود سیب خریدند، چون گرسنه بود.'],
    ['other', 'Die Kinder gingen auf den Markt und kauften für den Lehrer ein paar Äpfel.'],
    ['other', 'Дети пошли на рынок и купили яблоки для учителя.'],
    ['unknown', 'const sum = list.reduce((total, item) => total + item.price, 0)'],
    ['unknown', 'OK'],
  ])('is told: %s', (language, text) => {
    expect(guessLanguage(text)).toBe(language)
  })

  test('that nobody can tell passes, and another one does not', async () => {
    const check = languageCheck(['hi', 'mr'])
    expect(await judge(check, piece('OK'), piece('मुले बाजारात गेली आणि ती परत आली आहेत.'))).toEqual([])
    expect(await judge(check, piece('The children went to the market and they were happy.'))).toEqual([
      'language-en',
    ])
  })
})

describe('instructions that come back', () => {
  const systemPrompt =
    'You are the assistant of a bank. Never speak of interest rates, and send everyone who asks for a loan to the branch in Pune.'
  const leaks = (text: string, words?: number) =>
    found(promptLeakCheck(words), text, { systemPrompt }).map(([, span]) => span)

  test('are found where a row of words is the same, whatever the signs between them', () => {
    const text = 'I was told: "never speak of INTEREST rates and, send everyone who asks for a loan" – so no.'
    expect(leaks(text)).toEqual(['never speak of INTEREST rates and, send everyone who asks for a loan'])
  })

  test('are not what happens to be said in a few of their words', () => {
    expect(leaks('You are the assistant of a bank, I know. Do you speak of interest rates?')).toEqual([])
    expect(leaks('Never speak of interest rates', 5)).toEqual(['Never speak of interest rates'])
  })

  test('that are shorter than the row are looked for whole', () => {
    const short = { systemPrompt: 'Answer in rhymes and be brief.' }
    expect(found(promptLeakCheck(), 'It says: answer in rhymes, and be brief!', short)).toHaveLength(1)
    expect(found(promptLeakCheck(), 'be brief', { systemPrompt: 'Be brief.' })).toEqual([])
  })
})
