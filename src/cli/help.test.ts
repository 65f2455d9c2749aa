import { describe, expect, test } from 'vitest'
import { commands, findCommand } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { parseArguments } from './parse-arguments.ts'

test('the list of commands names every command', () => {
  const text = programHelp(commands)
  for (const { name, summary } of commands) expect(text).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
})

describe.each(commands)('$name', (entry) => {
  test('says the same of itself as the list does', async () => {
    const command = await entry.load()
    expect(command).toMatchObject({ name: entry.name, summary: entry.summary })
  })

  test('has examples that parse', async () => {
    const command = await entry.load()
    expect(command.examples.length).toBeGreaterThan(0)
    for (const { line } of command.examples) {
      const words = wordsOf(line)
      expect(findCommand(words)).toBe(entry)
      parseArguments(command, words.slice(entry.name.split(' ').length))
    }
  })

  test('documents --json, and every option in a line that fits a screen', async () => {
    const command = await entry.load()
    const lines = commandHelp(command).split('\n')
    for (const { name } of command.options) {
      expect(lines.filter((line) => line.startsWith(`  --${name} `))).toHaveLength(1)
    }
    expect(command.options.map(({ name }) => name)).toContain('json')
    expect(lines.filter((line) => line.length > 125)).toEqual([])
  })
})

/** The words a shell would pass after `musivum`: without what is piped in, redirected, or set in front. */
function wordsOf(line: string): string[] {
  const own = line.slice(line.indexOf('musivum ') + 'musivum '.length).replace(/ [<>|] .*$/, '')
  return Array.from(
    own.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}
