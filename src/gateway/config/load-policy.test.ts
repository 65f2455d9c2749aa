import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toMusivumError } from '../../core/errors.ts'
import { findPolicy, loadPolicy, type LoadedPolicy } from './load-policy.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-policy-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function load(named: string): LoadedPolicy {
  return loadPolicy(findPolicy(named, [folder]))
}

function loadText(text: string): LoadedPolicy {
  writeFileSync(join(folder, 'rules.yaml'), text)
  return load('./rules.yaml')
}

function problemsOf(named: string): unknown {
  try {
    load(named)
  } catch (thrown) {
    return toMusivumError(thrown).facts['problems']
  }
  return []
}

test('a preset is named as it is, and its rules know their lines', () => {
  const { policy } = load('hospital')
  expect(policy.name).toBe('hospital')
  expect(policy.rules[0]?.at).toMatch(/^hospital\.yaml:\d+$/)
})

test('a preset that does not exist is told with the nearest', () => {
  expect(problemsOf('hospitl')).toEqual([
    'no preset is called hospitl; did you mean hospital? (a file of rules is named with its ending: ./rules.yaml)',
  ])
})

test('a file that is missing, empty or wrong is told with its name and lines', () => {
  expect(problemsOf('./nowhere.yaml')).toEqual(['nowhere.yaml: there is no such file'])
  writeFileSync(join(folder, 'empty.yaml'), '')
  expect(problemsOf('empty.yaml')).toEqual([
    'empty.yaml: is empty; expected at least a comment, or delete the file',
  ])
  writeFileSync(join(folder, 'wrong.yaml'), 'rules:\n  - {id: a, effect: forbid, when: model.regon}\n')
  expect(problemsOf('./wrong.yaml')).toEqual([
    'wrong.yaml:2: rules.0.when: unknown fact model.regon; did you mean model.region?',
  ])
})

describe('a file of one’s own', () => {
  test('narrows a preset with rules that come after it', () => {
    const { policy } = loadText(
      'extends: hospital\nrules:\n  - {id: mine, effect: forbid, when: model.toy}\n',
    )
    expect(policy.name).toBe('rules.yaml')
    expect(policy.rules.map(({ at }) => at.split(':')[0])).toEqual([
      ...Array.from({ length: 8 }, () => 'hospital.yaml'),
      'rules.yaml',
    ])
  })

  test('cannot take an id of the preset, nor extend one that does not exist', () => {
    writeFileSync(
      join(folder, 'twice.yaml'),
      'extends: offline\nrules:\n  - {id: own-machines-only, effect: require, when: model.toy}\n',
    )
    expect(problemsOf('./twice.yaml')).toEqual([
      'twice.yaml:3: the id own-machines-only is taken by a rule of the preset offline',
    ])
    writeFileSync(join(folder, 'lost.yaml'), 'extends: ofline\n')
    expect(problemsOf('./lost.yaml')).toEqual([
      'lost.yaml:1: extends: no preset is called ofline; did you mean offline? (presets: open, private-by-default, hospital, eu, india-dpdp, law-firm, offline)',
    ])
    writeFileSync(join(folder, 'chain.yaml'), 'extends: ./base.yaml\n')
    expect(problemsOf('./chain.yaml')).toEqual([
      'chain.yaml:1: extends: only a preset can be extended, not a file: copy its rules into this one (presets: open, private-by-default, hospital, eu, india-dpdp, law-firm, offline)',
    ])
  })

  test('a preset that was edited by hand is not called by the preset’s name, and says so', () => {
    const { policy, warnings } = loadText(
      'name: hospital\nrules:\n  - {id: a, effect: forbid, when: model.toy}\n',
    )
    expect(policy.name).toBe('rules.yaml')
    expect(warnings).toEqual([
      'rules.yaml: calls itself hospital and differs from the preset of that name; decisions call it rules.yaml. To narrow a preset, write `extends: hospital` and your own rules',
    ])
  })
})
