import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { pseudonyms } from './pseudonyms.ts'
import { createRestorer, MAX_HELD_CHARS } from './restorer.ts'
import type { Form } from './token-reader.ts'

const hmac = (text: string): Uint8Array => createHmac('sha256', 'scope').update(text).digest()

/** A scope in which some values are masked already. */
function scope(style: 'token' | 'surrogate' = 'token') {
  const names = pseudonyms({ hmac, style })
  const tokenOf = (entity: string, value: string): string =>
    names.mask(value, [{ entity, start: 0, end: value.length }])
  return {
    standIns: names.replaced,
    ada: tokenOf('PERSON', 'Ada "the first" Lovelace'),
    mail: tokenOf('EMAIL_ADDRESS', 'ada@example.org'),
    ssn: tokenOf('US_SSN', '078-05-1120'),
  }
}

const { standIns, ada, mail, ssn } = scope()
const codeOf = (token: string): string => token.slice(1, -1)

/** As a Japanese or Chinese keyboard writes it. */
function fullWidth(text: string): string {
  return text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
}

function restore(text: string, form?: Form): string {
  const restorer = createRestorer(standIns, form === undefined ? {} : { form })
  return restorer.push(text) + restorer.end()
}

function inPieces(pieces: readonly string[]) {
  const restorer = createRestorer(standIns)
  const text = pieces.map((piece) => restorer.push(piece)).join('') + restorer.end()
  return { text, unknown: restorer.unknown() }
}

describe('a token comes back as what it stands for', () => {
  test.each([
    ['as it was given', mail, 'ada@example.org'],
    ['in the middle of a word of another script', `मेरा${mail}है`, 'मेराada@example.orgहै'],
    ['in lower case', mail.toLowerCase(), 'ada@example.org'],
    ['with square brackets', `[${codeOf(mail)}]`, 'ada@example.org'],
    ['with doubled brackets', `[[${codeOf(mail)}]]`, 'ada@example.org'],
    ['with Chinese brackets', `【${codeOf(mail)}】`, 'ada@example.org'],
    ['with spaces inside its brackets', `⟦ ${codeOf(mail)} ⟧`, 'ada@example.org'],
    ['without brackets', `to ${codeOf(mail)}.`, 'to ada@example.org.'],
    ['without its closing bracket', `⟦${codeOf(mail)}, then`, 'ada@example.org, then'],
    ['with escaped underscores of Markdown', mail.replaceAll('_', '\\_'), 'ada@example.org'],
    ['with spaces for underscores', mail.replaceAll('_', ' '), 'ada@example.org'],
    ['with hyphens for underscores', mail.replaceAll('_', '-'), 'ada@example.org'],
    ['with an English possessive', `${mail}'s`, "ada@example.org's"],
    ['in the plural, without brackets', `${codeOf(mail)}s`, 'ada@example.orgs'],
    ['in a URL', encodeURIComponent(mail), 'ada%40example.org'],
    ['with JSON escapes', mail.replace('⟦', '\\u27e6').replace('⟧', '\\u27e7'), 'ada@example.org'],
    ['with HTML entities', `&#10214;${codeOf(mail)}&#10215;`, 'ada@example.org'],
    ['with only its closing bracket', `to ${mail.slice(1)}.`, 'to ada@example.org.'],
    [
      'with brackets that Markdown escapes',
      `\\[${codeOf(mail).replaceAll('_', '\\_')}\\]`,
      'ada@example.org',
    ],
    ['with spaces around its underscores', mail.replaceAll('_', ' _ '), 'ada@example.org'],
    ['with a space in its code', mail.replace(/(?=.{5}$)/, ' '), 'ada@example.org'],
    ['over two lines', mail.replace('_', '\n'), 'ada@example.org'],
    ['with no-break spaces inside', `⟦\u00a0${codeOf(mail)}\u202f⟧`, 'ada@example.org'],
    ['with dashes for underscores', mail.replaceAll('_', '–'), 'ada@example.org'],
    ['in the plural, inside its brackets', mail.replace('⟧', 's⟧'), 'ada@example.orgs'],
    ['as a possessive, inside its brackets', mail.replace('⟧', '’s⟧'), 'ada@example.org’s'],
    ['full-width', `［${fullWidth(codeOf(mail))}］`, 'ada@example.org'],
    ['full-width, without brackets', `「${fullWidth(codeOf(mail))}」`, '「ada@example.org」'],
    ['with characters that nobody sees', mail.split('').join('\u200b'), 'ada@example.org'],
    ['with a mark of direction at its bracket', `⟦\u200f${codeOf(mail)}\u200e⟧`, 'ada@example.org'],
    ['twice with nothing between', mail + ssn, 'ada@example.org078-05-1120'],
  ])('%s', (_how, text, expected) => {
    expect(restore(text)).toBe(expected)
  })

  test('inside JSON the value is escaped, so that it does not end its string', () => {
    const text = JSON.stringify({ name: ada, more: [mail] })
    expect(JSON.parse(restore(text, 'json'))).toEqual({
      name: 'Ada "the first" Lovelace',
      more: ['ada@example.org'],
    })
  })

  test('what was restored is not read again', () => {
    const value = `mail of ${mail}`
    const pairs = new Map([...standIns, ['⟦NOTE_0000000⟧', value]])
    const restorer = createRestorer(pairs)
    expect(restorer.push('⟦NOTE_0000000⟧') + restorer.end()).toBe(value)
  })
})

describe('what is no token stays as it is', () => {
  const wrong = mail.replace(/.⟧$/, (end) => (end.startsWith('0') ? '1⟧' : '0⟧'))
  test.each([
    ['a wrong check character', wrong],
    ['the code of another kind', `⟦PERSON_${codeOf(mail).slice(-7)}⟧`],
    ['the kind alone', '⟦EMAIL_ADDRESS⟧'],
    ['a longer word', `${codeOf(mail)}X`],
    ['the end of a longer word', `X${codeOf(mail)}`],
    ['the end of a longer full-width word', `Ｘ${fullWidth(codeOf(mail))}`],
    ['a longer code inside brackets', mail.replace('⟧', '0⟧')],
    ['a code without its kind', `⟦${codeOf(mail).slice(-7)}⟧`],
    ['brackets', '[a] [[b]] ⟦ ⟧ 【】 [EMAIL'],
    ['escapes', '\\u27e6 %E2%9F %e2%9f%a6 &# &#10214; \\ % &'],
  ])('%s', (_what, text) => {
    expect(restore(text)).toBe(text)
  })

  test('and is told when it looks like one', () => {
    const { text, unknown } = inPieces([`see ${wrong} and ⟦PERSON_XYZ⟧, ⟦sic⟧`])
    expect(text).toBe(`see ${wrong} and ⟦PERSON_XYZ⟧, ⟦sic⟧`)
    expect(unknown).toEqual([wrong, '⟦PERSON_XYZ⟧'])
  })
})

const SAMPLES = [
  `Dear ${ada}, your mail ${mail} and number [${codeOf(ssn)}] are here.`,
  `${mail}${ssn}${ada}`,
  `a [ b [[ c ⟦ d ${codeOf(mail)} ${codeOf(ssn)}s \\u27e6${codeOf(ada)}\\u27e7 end`,
  `${mail.replaceAll('_', '\\_')} ${encodeURIComponent(ssn)} &#10214;${codeOf(ada)}&#10215;`,
  `［${fullWidth(codeOf(mail))}］ ${mail.replaceAll('_', ' _ ')} ${ssn.slice(1)} ${ssn.replace('⟧', "'s⟧")} \\[${codeOf(mail)}\\]`,
  `${ssn.split('').join('\u200b')} ⟦\u200f ${codeOf(ssn)} \n⟧ ${ssn.replace('⟧', 's')}`,
  `⟦EMAIL_ADDRESS_0000000⟧ ⟦EMAIL_ADDRESS_${'⟦'.repeat(5)} ${mail.toLowerCase()}`,
]

describe('however a text is cut, it is restored the same', () => {
  test.each(SAMPLES)('every pair of cuts of %s', (text) => {
    const uncut = inPieces([text])
    for (let first = 0; first <= text.length; first += 1)
      for (let second = first; second <= text.length; second += 1) {
        const cut = inPieces([text.slice(0, first), text.slice(first, second), text.slice(second)])
        if (cut.text !== uncut.text || cut.unknown.length !== uncut.unknown.length)
          expect({ first, second, ...cut }).toEqual({ first, second, ...uncut })
      }
  })

  test('random texts of tokens, pieces of tokens and anything else', () => {
    const piece = fc.oneof(
      fc.constantFrom(ada, mail, ssn, codeOf(mail), ' ', '[', ']]', '⟦', '⟧', '_', '\\', '%E2%9F%A6', 's'),
      fc.constantFrom(mail, ssn).chain((token) => fc.nat(token.length).map((end) => token.slice(0, end))),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        (parts, cuts) => {
          const text = parts.join('')
          const edges = [
            0,
            ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b),
            text.length,
          ]
          const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge))
          expect(inPieces(pieces)).toEqual(inPieces([text]))
        },
      ),
      { seed: 6, numRuns: 2_000 },
    )
  })

  test('never more is held than the longest token', () => {
    const restorer = createRestorer(standIns)
    const text = SAMPLES.join(' ') + '⟦'.repeat(300) + 'EMAIL_ADDRESS '.repeat(40)
    let longest = 0
    for (const character of text) {
      restorer.push(character)
      longest = Math.max(longest, restorer.held())
    }
    expect(longest).toBeGreaterThan(20)
    expect(longest).toBeLessThanOrEqual(MAX_HELD_CHARS)
  })
})

describe('stand-ins that look real', () => {
  const look = scope('surrogate')
  test('are nobody’s, and come back', () => {
    expect(look.mail).toMatch(/^person\.\d{8}@example\.invalid$/)
    expect(look.ssn).toMatch(/^000-\d\d-\d{4}$/)
    const restorer = createRestorer(look.standIns)
    const said = restorer.push(`Write to ${look.mail.toUpperCase()} (${look.ssn}), ${look.mail}.`)
    expect(said + restorer.end()).toBe('Write to ada@example.org (078-05-1120), ada@example.org.')
  })

  test('are left alone inside longer numbers and words', () => {
    const restorer = createRestorer(look.standIns)
    const text = `${look.ssn}9 x${look.mail}`
    expect(restorer.push(text) + restorer.end()).toBe(text)
  })
})
