import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denyCheck } from './checks/deny.ts'
import { personalDataCheck, secretsCheck } from './checks/recognised.ts'
import type { Find } from './guard.ts'
import { replaceFindings } from './replace-findings.ts'
import { WindowScan } from './window-scan.ts'

const about = { systemPrompt: '', said: [], ask: () => Promise.reject(new Error('no model')), nowMs: () => 0 }
const secrets = secretsCheck().open(about)
const personal = personalDataCheck().open(about)
const falcon = denyCheck([{ topic: 'falcon', words: ['project falcon'] }]).open(about)

/** What leaves, piece by piece, and what was found. */
function scan(pieces: readonly string[], find: Find, window: number, replaces = true) {
  const found: string[] = []
  const scanner = new WindowScan({ find, window, replaces, onFinding: ({ what }) => void found.push(what) })
  const out = pieces.map((piece) => scanner.push(piece))
  return { text: out.join('') + scanner.end(), found, out }
}

const PEM = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(14)}-----END PRIVATE KEY-----`
const filler = 'Nothing of note happened on that day, and nobody wrote it down. '
const TEXTS = [
  [
    'a key in the middle',
    `${filler.repeat(4)}The key is sk-proj-abcdefghijklmnopqrstuvwx1234, keep it. ${filler}`,
  ],
  ['a card and an address', `Card 4111 1111 1111 1111 of ana@clinic.example. ${filler.repeat(3)}`],
  ['a private key longer than the window', `Here it is:\n${PEM}\nThat was all. ${filler}`],
  ['characters of two units', `${'🎉🩺'.repeat(90)} ana@clinic.example ${'🎉'.repeat(90)}`],
  ['Hindi', `${'मरीज़ का आधार नंबर है '.repeat(6)}३९९८ ७६५४ ३२११ और फ़ोन ${'ठीक है। '.repeat(20)}`],
  [
    'two words of a topic',
    `${filler.repeat(3)}We call it Project   FALCON, and falcon project is another. ${filler}`,
  ],
] as const

const both: Find = (text) =>
  [...secrets(text), ...personal(text), ...falcon(text)].sort((a, b) => a.start - b.start)

describe('a text in a window', () => {
  test.each(TEXTS)('cut anywhere, gives what it gives in one piece: %s', (_, text) => {
    const whole = scan([text], both, 256)
    expect(whole.found.length).toBeGreaterThan(0)
    for (let cut = 1; cut < text.length; cut += 1) {
      const { text: out, found } = scan([text.slice(0, cut), text.slice(cut)], both, 256)
      expect(out).toBe(whole.text)
      expect(found).toEqual(whole.found)
    }
    expect(scan(Array.from(text), both, 256).text).toBe(whole.text)
  })

  test.each(TEXTS)('is what the whole is without what was found: %s', (_, text) => {
    const { text: out, found } = scan([text], both, 256)
    expect(out).toBe(replaceFindings(text, both(text)))
    expect(found).toEqual(both(text).map(({ what }) => what))
  })

  test.each(TEXTS)('leaves as it came where nothing is replaced: %s', (_, text) => {
    const { text: out, found } = scan(Array.from(text), both, 256, false)
    expect(out).toBe(text)
    expect(found).toEqual(both(text).map(({ what }) => what))
  })

  test('holds less than three quarters of the window', () => {
    const scanner = new WindowScan({
      find: () => [],
      window: 256,
      replaces: true,
      onFinding: () => undefined,
    })
    let sent = 0
    for (let at = 1; at <= 2_000; at += 1) {
      sent += scanner.push('x').length
      expect(at - sent).toBeLessThan(192)
    }
  })

  test('lets nothing out of a step in which somebody objects', () => {
    const refuse = () => {
      throw new Error('refused')
    }
    const scanner = new WindowScan({ find: secrets, window: 64, replaces: false, onFinding: refuse })
    const text = `${filler}sk-proj-abcdefghijklmnopqrstuvwx1234 ${filler}`
    let sent = ''
    expect(() => {
      for (const letter of text) sent += scanner.push(letter)
      scanner.end()
    }).toThrow('refused')
    expect(text.startsWith(sent)).toBe(true)
    expect(sent).not.toContain('sk-proj')
  })

  test('gives the same for any cuts of any text', () => {
    const word = fc.constantFrom(
      'and ',
      'ana@clinic.example ',
      '🎉',
      'sk-proj-abcdefghijklmnopqrstuvwx1234 ',
      'project falcon ',
      'पासवर्ड ',
      '4111 1111 1111 1111 ',
      '-----BEGIN PRIVATE KEY-----\nMIIE',
      '\n',
    )
    const texts = fc.array(word, { maxLength: 60 }).map((words) => words.join(''))
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.nat(40), { maxLength: 40 }),
        fc.constantFrom(64, 100, 256),
        (text, sizes, window) => {
          const pieces: string[] = []
          let at = 0
          for (const size of sizes) {
            pieces.push(text.slice(at, at + size))
            at += size
          }
          const cut = scan([...pieces, text.slice(at)], both, window)
          const whole = scan([text], both, window)
          expect([cut.text, cut.found]).toEqual([whole.text, whole.found])
        },
      ),
      { seed: 11, numRuns: 150 },
    )
  })
})
