import { expect, test } from 'vitest'
import { explanation } from './stderr-tail.ts'

test.each([
  [
    'the assertion that failed',
    'loading\nggml/src/ggml.c:12: GGML_ASSERT(n > 0) failed\n#0 0x7f in ?? ()\n',
    'ggml.c:12: GGML_ASSERT(n > 0) failed',
  ],
  ['the last line, when nothing says more', 'one\ntwo\n\n', 'two'],
  ['no path of this machine', 'Error: cannot open /srv/models/weights/m.gguf', 'Error: cannot open m.gguf'],
])('what explains an end is %s', (_, tail, line) => {
  expect(explanation(tail)).toContain(line)
  expect(explanation(tail)).not.toContain('/srv')
})

test('a process that said nothing explains nothing', () => {
  expect(explanation('\n \n')).toBeUndefined()
})
