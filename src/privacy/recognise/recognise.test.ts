import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecognise, inCodePoints, recognise, type RecogniseOptions } from './recognise.ts'
import { MAX_CONTEXT_CHARS, MAX_SPAN_CHARS } from './recogniser.ts'
import { recognisers } from './recognisers.ts'

function found(text: string, options?: RecogniseOptions): readonly string[] {
  return recognise(text, options).map(({ entity, start, end }) => `${entity} ${text.slice(start, end)}`)
}

describe('in a sentence', () => {
  test.each([
    ['write to jane.o’neil@example.org today', 'EMAIL_ADDRESS neil@example.org'],
    ['메일은 예진.장24@yahoo.com입니다', 'EMAIL_ADDRESS 예진.장24@yahoo.com'],
    ['联系我john@x.com。', 'EMAIL_ADDRESS john@x.com'],
    ['GET /u?email=paul%40zoho.com', 'EMAIL_ADDRESS paul%40zoho.com'],
    ['call (415) 555-0132 x12 now', 'PHONE_NUMBER (415) 555-0132 x12'],
    ['मोबाइल: 98765 43210', 'PHONE_NUMBER 98765 43210'],
    ['ring 020 7946 0018 please', 'PHONE_NUMBER 020 7946 0018'],
    ['(+1 (419) 680-5168).', 'PHONE_NUMBER +1 (419) 680-5168'],
    ['card 4111\u200b1111\u200b1111\u200b1111.', 'CREDIT_CARD 4111\u200b1111\u200b1111\u200b1111'],
    ['IBAN GB29 NWBK 6016 1331 9268 19 in London', 'IBAN_CODE GB29 NWBK 6016 1331 9268 19'],
    ['from 10.0.0.1:8080 and', 'IP_ADDRESS 10.0.0.1'],
    ['see 2001:db8::8a2e:370:7334.', 'IP_ADDRESS 2001:db8::8a2e:370:7334'],
    ['MAC 00-1A-2B-3C-4D-5E.', 'MAC_ADDRESS 00-1A-2B-3C-4D-5E'],
    ['आधार संख्या ३९९८ ७६५४ ३२११ है', 'IN_AADHAAR ३९९८ ७६५४ ३२११'],
    ['رقم الهوية ٧٨٤-١٩٨٠-١٢٣٤٥٦٧-٨', 'AE_EMIRATES_ID ٧٨٤-١٩٨٠-١٢٣٤٥٦٧-٨'],
    ['PAN ABCPD1234Z', 'IN_PAN ABCPD1234Z'],
    ['pay ravi@okhdfcbank', 'IN_UPI ravi@okhdfcbank'],
    ['IFSC: SBIN0001234', 'IN_IFSC SBIN0001234'],
    ['born on 15 अगस्त 1947', 'DATE_OF_BIRTH 15 अगस्त 1947'],
    ['DOB: 03/04/1985', 'DATE_OF_BIRTH 03/04/1985'],
    ['Date of birth: 12/06/1961', 'DATE_OF_BIRTH 12/06/1961'],
    ['تاريخ الميلاد ١٢/٠٦/١٩٦١', 'DATE_OF_BIRTH ١٢/٠٦/١٩٦١'],
    ['رقم هاتفي 0522985817', 'PHONE_NUMBER 0522985817'],
    ['رقم هويتي ١٠٨٧٨٩٤٩٦٨', 'SA_NATIONAL_ID ١٠٨٧٨٩٤٩٦٨'],
    ['पासपोर्टचा क्रमांक K1234567', 'IN_PASSPORT K1234567'],
    ['on January 26, 1994 at', 'DATE_TIME January 26, 1994'],
    ['a 93-year-old man', 'AGE_OVER_89 93'],
    ['वय ९२', 'AGE_OVER_89 ९२'],
    ['(MRN: MRN-1028091)', 'MEDICAL_RECORD_NUMBER MRN-1028091'],
    ['key sk-odHxo4ooNChCs5eKJfAFpAsRgRSYl29Q.', 'API_KEY sk-odHxo4ooNChCs5eKJfAFpAsRgRSYl29Q'],
    ["IDENTIFIED BY 'g#Mhca1glM';", 'PASSWORD g#Mhca1glM'],
    ['postgres://app:s3cret@db:5432/main', 'CONNECTION_STRING postgres://app:s3cret@db:5432/main'],
    ['Thai id เลขบัตรประชาชน 2345678901234', 'TH_TNIN 2345678901234'],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual([expected])
  })

  test.each([
    ['a clock, a version and a price', 'at 12:34:56 version 1.2.3 costs $1,234.50'],
    ['a decimal fraction', 'pi is 3.14159265358979 and 0.4111111111111111'],
    ['a scope in a program', 'std::vector<int> MyClass::toString'],
    ['a password that is a word', 'password: required, token: string'],
    ['ten digits that only their check digit speaks for', 'order 1234567893 shipped'],
    ['a file', 'see README.md and main.py'],
  ])('nothing is found in %s', (_what, text) => {
    expect(found(text)).toEqual([])
  })
})

describe('overlaps', () => {
  test('the nearer label decides what ten digits are', () => {
    expect(found('NPI: 1234567893, phone: 4155550132')).toEqual([
      'US_NPI 1234567893',
      'PHONE_NUMBER 4155550132',
    ])
  })

  test('a date behind `Date:` on the same line is not one of birth', () => {
    expect(found('DOB: 1950-02-06  Visit date: 2023-09-20')).toEqual([
      'DATE_OF_BIRTH 1950-02-06',
      'DATE_TIME 2023-09-20',
    ])
  })

  test('an address in a URL is told, not the URL around it', () => {
    expect(found('https://x.example.com/u?mail=a.b@example.org')).toEqual(['EMAIL_ADDRESS a.b@example.org'])
  })

  test('a token in a URL is a secret, and no address with a host behind it', () => {
    const token = 'ghp_BX56UT12JB93VB16FL84VZ80DB22JZ89AA39'
    expect(found(`clone https://${token}@github.com/acme/app.git`)).toContain(`API_KEY ${token}`)
  })

  test('no two spans share a character, and they come in order', () => {
    const piece = fc.constantFrom(
      '4111 1111 ',
      '1111 1111',
      'a@b.com',
      '+1 415 ',
      '555-0132',
      'ssn ',
      '078-05-1123',
      '.',
      '2024-01-02',
      ':',
    )
    const property = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const spans = recognise(pieces.join(''))
      for (const [index, { start, end }] of spans.entries()) {
        expect(start).toBeLessThan(end)
        expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0)
      }
    })
    fc.assert(property, { seed: 6, numRuns: 300 })
  })
})

describe('what is found does not depend on what is far away', () => {
  const texts = [
    'call (415) 555-0132',
    'SSN: 078-05-1123',
    'आधार ३९९८ ७६५४ ३२११',
    'NPI 1234567893',
    'x@y.org',
  ]

  test('text beyond the window of context changes nothing', () => {
    const far = ` ${'lorem ipsum '.repeat(Math.ceil(MAX_CONTEXT_CHARS / 12))}. `
    for (const text of texts) {
      const alone = found(text)
      expect(alone).toHaveLength(1)
      expect(found(`phone card passport aadhaar${far}${text}${far}iban ssn`)).toEqual(alone)
    }
  })

  test('the same texts give the same, in whatever order they come', () => {
    const first = texts.map((text) => found(text))
    expect([...texts].reverse().map((text) => found(text))).toEqual([...first].reverse())
  })

  test('nothing is longer than the bound, not even a private key that does not end', () => {
    const [span] = recognise(`-----BEGIN PRIVATE KEY-----\n${'MIIE'.repeat(MAX_SPAN_CHARS)}`)
    expect((span?.end ?? 0) - (span?.start ?? 0)).toBe(MAX_SPAN_CHARS)
  })
})

describe('options', () => {
  test('naming an entity makes its check digit enough', () => {
    expect(found('order 1234567893 shipped', { entities: ['US_NPI'] })).toEqual(['US_NPI 1234567893'])
  })

  test('an entity that there is not is refused with the nearest name', () => {
    expect(() => createRecognise({ entities: ['EMAIL_ADRESS'] })).toThrow('did you mean EMAIL_ADDRESS?')
  })

  test('values that are allowed are not found, however they are written', () => {
    expect(found('call +1 (415) 555-0132', { allow: ['+14155550132'] })).toEqual([])
  })

  test('recognisers of the user find what theirs look like', () => {
    const custom = [{ entity: 'FILE_NUMBER', pattern: 'F-[0-9]{4}', context: ['file', 'matter'] }]
    expect(found('matter F-1234', { custom })).toEqual(['FILE_NUMBER F-1234'])
    expect(found('part F-1234', { custom })).toEqual([])
  })

  test('a pattern that is no RE2 expression, or matches nothing at all, is refused by name', () => {
    const of = (pattern: string) => () => createRecognise({ custom: [{ entity: 'MINE', pattern }] })
    expect(of('a(?=b)')).toThrow('recogniser MINE: the pattern is no RE2 expression')
    expect(of('a*')).toThrow('recogniser MINE: the pattern matches the empty text')
    expect(() => createRecognise({ custom: [{ entity: 'mine', pattern: 'a' }] })).toThrow(
      'expected a name of capitals',
    )
  })

  test('a hospital says what its record numbers look like, and no others are found', () => {
    expect(found('MRN: MRN-1028091, KH/2024/0077', { mrnPattern: 'KH/[0-9]{4}/[0-9]{4}' })).toEqual([
      'MEDICAL_RECORD_NUMBER KH/2024/0077',
    ])
  })

  test('values are the same for every way to write them', () => {
    const value = (text: string) => recognise(text, { values: true })[0]?.value
    expect(value('आधार ३९९८-७६५४-३२११')).toBe(value('Aadhaar 399876543211'))
  })
})

test('offsets in code points count a character beyond the basic plane once', () => {
  const text = '😀 a@b.com'
  expect(inCodePoints(text, recognise(text)).map(({ start, end }) => [start, end])).toEqual([[2, 9]])
})

test('half a surrogate pair and any other text are read to the end', () => {
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
    for (const { start, end } of recognise(`${text} a@b.com`))
      expect([start >= 0, end <= text.length + 8]).toEqual([true, true])
    expect(found(`${text} \ud83d 078-05-1123`).at(-1)).toContain('078-05-1123')
  })
  fc.assert(property, { seed: 6, numRuns: 500 })
})

test('there are the entities that were promised, each once, with words of context in English, Hindi, Marathi and Arabic for most', () => {
  const names = recognisers.map(({ entity }) => entity)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(90)
  const spoken = recognisers.filter(({ context }) =>
    ['en', 'hi', 'mr', 'ar'].every((language) => language in context),
  )
  expect(spoken.length).toBeGreaterThanOrEqual(45)
})
