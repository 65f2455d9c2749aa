import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { loadConfig, type ConfigSnapshot } from './load-config.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'musivum-guards-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function load(source: string): ConfigSnapshot {
  writeFileSync(join(root, 'musivum.yaml'), source)
  return loadConfig({
    env: {},
    cwd: root,
    home: join(root, 'home'),
    packageRoot: root,
    clock: { now: () => 0, monotonic: () => 0 },
  })
}

function problems(source: string): unknown {
  try {
    load(source)
  } catch (thrown) {
    return thrown instanceof MusivumError ? thrown.facts['problems'] : thrown
  }
  return []
}

/** One guard, its keys on line 2 and the following. */
const guard = (...lines: string[]) => `guards:\n  - id: g\n${lines.map((line) => `    ${line}\n`).join('')}`
const output = (...lines: string[]) => guard('on: output', 'fails: closed', ...lines)
const input = (...lines: string[]) => guard('on: input', 'fails: closed', ...lines)

describe('guards of the configuration', () => {
  test('are there in the order of the file', () => {
    const { guards } = load(`guards:
  - { id: keys, on: output, mode: window, window: 512, fails: closed, action: redact, check: secrets }
  - { id: orders, on: input, fails: open, action: note, check: injection, threshold: 1.2, models: [a] }
  - { id: short, on: output, mode: after, fails: closed, action: refuse, check: length, max_chars: 9, blocks: [text] }
`)
    expect(guards).toMatchObject([
      { id: 'keys', mode: 'window', action: 'redact', check: { kind: 'local', window: 512 } },
      { id: 'orders', on: 'input', mode: 'hold', fails: 'open', check: { threshold: 1.2 } },
      { id: 'short', mode: 'after', check: { kind: 'whole', name: 'length' } },
    ])
    expect(guards[1]?.models).toEqual(new Set(['a']))
    expect(guards[2]?.blocks).toEqual(new Set(['text']))
  })

  test('that changed make another version', () => {
    const source = (max: number) =>
      output('mode: hold', 'action: refuse', 'check: length', `max_chars: ${max}`)
    expect(load(source(1)).version).not.toBe(load(source(2)).version)
  })

  test.each([
    [
      'a mode that is not declared',
      output('action: note', 'check: secrets'),
      '2: guards.0.mode: is missing; expected `hold`, `window` or `after`',
    ],
    [
      'what happens on failure, not declared',
      guard('on: input', 'action: note', 'check: secrets'),
      '2: guards.0.fails: is missing; expected `closed` or `open`',
    ],
    [
      'input that leaves before the verdict',
      input('mode: after', 'action: note', 'check: secrets'),
      '5: guards.0.mode: expected `hold`: nothing goes to a model before the verdict',
    ],
    [
      'redaction of what has left',
      output('mode: after', 'action: redact', 'check: secrets'),
      '6: guards.0.action: expected `refuse` or `note`: with `mode: after` the text has left',
    ],
    [
      'redaction of what has no place',
      output('mode: hold', 'action: redact', 'check: length', 'max_chars: 5'),
      '6: guards.0.action: expected `refuse` or `note`: there is nothing that `length` could take out',
    ],
    [
      'a part of what is judged as a whole',
      output('mode: window', 'action: refuse', 'check: language', 'languages: [en]'),
      '5: guards.0.mode: expected `hold` or `after`: `language` judges the whole text',
    ],
    [
      'a window without its mode',
      output('mode: hold', 'action: note', 'check: secrets', 'window: 100'),
      '8: guards.0.window: expected `mode: window` beside it, found 100',
    ],
    [
      'a check of answers on requests',
      input('action: note', 'check: prompt-leak'),
      '3: guards.0.on: expected `output` for `prompt-leak`',
    ],
    [
      'blocks of the other side',
      output('mode: hold', 'action: note', 'check: secrets', 'blocks: [user]'),
      '8: guards.0.blocks: expected kinds of output: text, reasoning, refusal, tool-call, found a list',
    ],
    [
      'a key that there is not',
      input('action: note', 'check: secrets', 'treshold: 0.5'),
      '7: guards.0.treshold: unknown key; did you mean threshold?',
    ],
    [
      'an unknown check',
      input('action: note', 'check: secretz'),
      '6: guards.0.check: expected `secrets`, `personal-data`, `injection`, `deny`, `json-schema`, `language`, `length`, `prompt-leak` or `classifier`',
    ],
    [
      'a length without bounds',
      output('mode: hold', 'action: note', 'check: length'),
      '2: guards.0: expected `min_chars`, `max_chars` or `max_tokens`',
    ],
    [
      'an entity that there is not',
      input('action: note', 'check: personal-data', 'entities: [EMAIL]'),
      '7: guards.0.entities: there is no entity "EMAIL"; did you mean EMAIL_ADDRESS?',
    ],
    [
      'a pattern that is none',
      input('action: note', 'check: deny', 'topics:', '  - topic: x', '    pattern: "(a"'),
      '7: guards.0.topics: topic x: the pattern is no RE2 expression: missing closing )',
    ],
    [
      'a schema that cannot be used',
      output('mode: hold', 'action: refuse', 'check: json-schema', 'schema: { type: texts }'),
      '8: guards.0.schema: schema: this JSON schema cannot be used: #/type: expected the name of a JSON type, or a list of them, got a string',
    ],
    [
      'a topic of nothing',
      input('action: note', 'check: deny', 'topics: [{ topic: x }]'),
      '7: guards.0.topics.0: expected a topic with `words` or a `pattern`',
    ],
  ])('are refused with file and line: %s', (_, source, line) => {
    expect(problems(source)).toEqual([expect.stringContaining(`musivum.yaml:${line}`) as string])
  })

  test('have ids of their own', () => {
    const one = '{ id: a, on: input, fails: closed, action: note, check: secrets }'
    expect(problems(`guards:\n  - ${one}\n  - ${one}\n`)).toEqual([
      'musivum.yaml:3: guards.1.id: expected an id that no other guard has',
    ])
  })

  test('for models that there are not are warned about', () => {
    const { warnings } = load(
      input('action: refuse', 'check: classifier', 'preset: yes-no', 'model: judge', 'models: [gpt]'),
    )
    expect(warnings).toEqual([
      expect.stringMatching(
        /^musivum\.yaml:9: guards\.0\.models: no configured model is called gpt;/,
      ) as string,
      expect.stringMatching(
        /^musivum\.yaml:8: guards\.0\.model: no configured model is called judge; .* the guard fails as it says$/,
      ) as string,
    ])
  })
})
