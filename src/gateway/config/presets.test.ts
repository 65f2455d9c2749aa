import { describe, expect, test } from 'vitest'
import { checkPolicy } from '../../policy/analysis/check-policy.ts'
import { PRESETS, presetHashes } from '../../policy/presets/_hashes.ts'
import { runProbes } from '../../policy/probe.ts'
import { hashOf, rulePolicy } from '../../policy/rule-policy.ts'
import { parseRuleFile, type RuleFile } from '../../policy/rules/parse-rule-file.ts'
import { OBLIGATIONS } from '../../policy/rules/rule.ts'
import { readFileSync } from 'node:fs'

function read(preset: string): RuleFile {
  const url = new URL(`../../policy/presets/${preset}.yaml`, import.meta.url)
  const parsed = parseRuleFile(readFileSync(url, 'utf8'), `${preset}.yaml`)
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return parsed.file
}

function failures(file: RuleFile): number {
  const policy = rulePolicy({ name: 'x', fulfils: new Set(OBLIGATIONS), ...file })
  return runProbes(policy).filter(({ passed }) => !passed).length
}

describe.each(PRESETS)('preset %s', (preset) => {
  const file = read(preset)

  test('passes its own probes', () => {
    expect(file.probes.length).toBeGreaterThan(0)
    expect(failures(file)).toBe(0)
  })

  test('has no rule that its probes would not miss', () => {
    const held = file.rules.filter(({ effect }) => effect !== 'prefer')
    const missed = held.filter(
      (rule) => failures({ ...file, rules: file.rules.filter((each) => each !== rule) }) === 0,
    )
    expect(missed.map(({ id }) => id)).toEqual([])
  })

  test('has nothing that `policy check` finds strange', () => {
    expect(checkPolicy(file.rules)).toEqual([])
  })

  test('is the file whose hash is known, so that an edited one is refused', () => {
    expect(hashOf(file.rules, file.organisation)).toBe(presetHashes[preset])
    expect(file.name).toBe(preset)
  })
})
