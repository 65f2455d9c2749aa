import { describe, expect, test } from 'vitest'
import { ask } from './ask.ts'
import { compare } from './compare.ts'
import { numberOption, parseArguments, wholeNumberOption } from './parse-arguments.ts'
import { up } from './up.ts'

test('options may stand before and after the text, with = or without', () => {
  const { given, operands } = parseArguments(ask, ['--model=a', 'hello', '--seed', '-5', 'world', '--json'])
  expect([...given]).toEqual([
    ['model', 'a'],
    ['seed', '-5'],
    ['json', ''],
  ])
  expect(operands).toEqual(['hello', 'world'])
})

test('what follows -- is text, whatever it looks like', () => {
  expect(parseArguments(ask, ['--', '--model', '-']).operands).toEqual(['--model', '-'])
})

test('the last of several wins', () => {
  expect(parseArguments(up, ['--port', '1', '--port', '2']).given.get('port')).toBe('2')
})

test('an option that may be given several times keeps all of them in order', () => {
  const words = ['--outcomes', 'a', '--task', 't', '--outcomes=b', '--task', 'u']
  const { given, repeated } = parseArguments(compare, words)
  expect([repeated?.get('outcomes'), repeated?.has('task'), given.get('task')]).toEqual([
    ['a', 'b'],
    false,
    'u',
  ])
})

describe('a mistake is said in one line', () => {
  test.each([
    [['--modle', 'x'], 'ask has no option --modle; did you mean --model?'],
    [['-m', 'x'], 'ask has no option -m; `musivum ask --help` lists the options'],
    [['--model'], '--model needs a value: --model NAME'],
    [['--model='], '--model needs a value: --model NAME'],
    [['--model', '--json'], '--model needs a value: --model NAME'],
    [['--json=yes'], '--json is a switch and takes no value'],
  ])('%j', (words, line) => {
    expect(() => parseArguments(ask, words)).toThrow(line)
  })

  test('a command without operands says so', () => {
    expect(() => parseArguments(up, ['now'])).toThrow('up takes no argument, but "now" was given')
  })

  test.each(['x', '1.5', '', ' 1', '0x10', '1e3', '-1', '65536', '99999999999999999999'])(
    'port %j',
    (port) => {
      const args = { given: new Map([['port', port]]), operands: [] }
      expect(() => wholeNumberOption(args, 'port', 0, 65_535)).toThrow(
        `--port: expected a whole number from 0 to 65535, not "${port.trim() === port ? port : ' 1'}"`,
      )
    },
  )

  test.each(['warm', '2.1', '-0.1', '1e0', '.', 'NaN'])('temperature %j', (text) => {
    const args = { given: new Map([['temperature', text]]), operands: [] }
    expect(() => numberOption(args, 'temperature', 0, 2)).toThrow(
      '--temperature: expected a number from 0 to 2',
    )
  })
})
