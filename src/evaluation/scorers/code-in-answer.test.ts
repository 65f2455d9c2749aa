import { expect, test } from 'vitest'
import { codeInAnswer } from './code-in-answer.ts'

const F = '```'

test.each([
  ['the block of the language', `${F}text\nlong explanation here\n${F}\n${F}python\nx = 1\n${F}`, 'x = 1'],
  [
    'the longest, since the shorter one shows its use',
    `${F}py\nf(1)\n${F}\n${F}py\ndef f(x):\n    return x\n${F}`,
    'def f(x):\n    return x',
  ],
  [
    'a block without a name where none has the right one',
    `${F}\nx = 2\n${F}\n${F}bash\npip install something-long\n${F}`,
    'x = 2',
  ],
  ['everything where there is no fence', 'x = 3\n', 'x = 3'],
  ['to the end where the fence never closes', `Sure:\n${F}python\nx = 4\ny = 5`, 'x = 4\ny = 5'],
  [
    'a fence of tildes, and one inside of a longer one',
    `~~~Python\na = """\n${F}\n"""\n~~~`,
    `a = """\n${F}\n"""`,
  ],
  [
    'an indented fence, and Windows line ends',
    `1. Here:\r\n   ${F}python3\r\n   x = 6\r\n   ${F}\r\n`,
    'x = 6',
  ],
  ['nothing where every block is of another language', `${F}bash\nls\n${F}`, ''],
])('code is %s', (_, output, code) => {
  expect(codeInAnswer(output, 'python')).toBe(code)
})
