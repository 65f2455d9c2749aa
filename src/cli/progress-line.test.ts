import { expect, test } from 'vitest'
import { progressLine } from './progress-line.ts'

function drawnOn(screen: { isTTY?: boolean; columns?: number } = {}, env: NodeJS.ProcessEnv = {}) {
  const drawn: string[] = []
  let nowMs = 0
  const whole = { isTTY: true, columns: 20, ...screen, write: (text: string) => drawn.push(text) }
  const line = progressLine(whole, env, () => nowMs)
  return { drawn, line, pass: (ms: number) => (nowMs += ms) }
}

test('each line is drawn over the one before, and nothing is left of the last', () => {
  const { drawn, line, pass } = drawnOn()
  line?.show('1 of 3')
  pass(100)
  line?.show('2 of 3')
  line?.show('')
  line?.clear()
  expect(drawn).toEqual(['\r\u001b[2K1 of 3', '\r\u001b[2K2 of 3', '\r\u001b[2K'])
})

test('what comes within a tenth of a second is dropped', () => {
  const { drawn, line, pass } = drawnOn()
  for (let step = 0; step < 30; step += 1) {
    line?.show(`step ${step}`)
    pass(10)
  }
  expect(drawn.map((text) => text.slice(5))).toEqual(['step 0', 'step 10', 'step 20'])
})

test('a line too long for the screen is cut, by the cells it takes, and holds no control characters', () => {
  const { drawn, line, pass } = drawnOn()
  line?.show('a line of thirty letters, or so')
  pass(100)
  line?.show('東京東京東京東京東京東京')
  pass(100)
  line?.show('two\nlines \u001b[31min red')
  expect(drawn.map((text) => text.slice(5))).toEqual([
    'a line of thirty l…',
    '東京東京東京東京東…',
    'two lines in red',
  ])
})

test('nothing is drawn where nobody looks', () => {
  expect(drawnOn({ isTTY: false }).line).toBeUndefined()
  expect(drawnOn({}, { TERM: 'dumb' }).line).toBeUndefined()
})
