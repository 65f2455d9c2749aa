import { expect, test } from 'vitest'
import { licenceFinding } from '../weights/licence-finding.ts'
import { lineageOf } from '../weights/lineage.ts'
import { agreeToLicence } from './licence-question.ts'
import type { Terminal } from './terminal.ts'

const finding = licenceFinding({
  declared: 'apache-2.0',
  texts: ['You may not.\u001b[31m\nReally not.'],
  lineage: lineageOf(['meta-llama/Llama-3.1-8B']),
})

function terminalThat(answers?: string): Terminal & { readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    env: {},
    cwd: '/',
    signal: AbortSignal.timeout(60_000),
    write: () => undefined,
    note: (line) => void lines.push(line),
    interactive: true,
    input: { kind: 'typed', read: () => Promise.resolve('') },
    ...(answers !== undefined && {
      ask: (question: string) => {
        lines.push(question)
        return Promise.resolve(answers)
      },
    }),
  }
}

test('shows what is known of the licence, of that of the ancestor, and the text without its control characters', async () => {
  const terminal = terminalThat()
  expect(await agreeToLicence({ finding, model: 'm', accepted: true }, terminal)).toBe(true)
  const shown = terminal.lines.join('\n')
  expect(shown).toContain('m: licence Apache License 2.0')
  expect(shown).toContain('through what it was made from, Llama 3.1 Community License counts too')
  expect(shown).toContain('nothing is granted above 700,000,000 monthly active users')
  expect(shown).toContain('It is not legal advice.')
  expect(shown).toContain('  | You may not. [31m\n  | Really not.')
})

test.each([
  ['y', true],
  ['YES ', true],
  ['', false],
  ['n', false],
  ['yeah', false],
])('whoever sits at the terminal is asked, and %j means %s', async (answer, expected) => {
  const terminal = terminalThat(answer)
  expect(await agreeToLicence({ finding, model: 'm', accepted: false }, terminal)).toBe(expected)
  expect(terminal.lines.at(-1)).toBe('Do you accept it for m? [y/N] ')
})

test('where nobody can be asked, the switch is named', async () => {
  await expect(agreeToLicence({ finding, model: 'm', accepted: false }, terminalThat())).rejects.toThrow(
    /the licence of m \(Apache License 2\.0\) has to be accepted first: read it and add --accept-licence/,
  )
})
