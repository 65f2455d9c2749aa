import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MAX_SPAN_CHARS } from './recogniser.ts'
import { recognisers } from './recognisers.ts'
import { longestMatch, parsePattern } from './pattern/parse-pattern.ts'

test('the documentation names every entity with its level and what it is checked by', () => {
  const text = readFileSync(new URL('../../../docs/privacy.md', import.meta.url), 'utf8').replace(
    / +\|/g,
    ' |',
  )
  for (const { entity, kind, sensitivity, checksum, check, verify } of recognisers) {
    const by = checksum ? 'check digit' : (check ?? verify) === undefined ? '-' : 'ranges'
    expect(text).toMatch(
      new RegExp(`^\\| \`${entity}\` \\| [A-Za-z ]+ \\| ${kind} \\| ${sensitivity} \\| ${by} \\|`, 'm'),
    )
  }
})

test('no pattern is longer than the bound that whoever reads streams relies on', () => {
  for (const { shapes = [] } of recognisers)
    for (const { pattern } of shapes) expect(longestMatch(parsePattern(pattern))).toBeLessThan(MAX_SPAN_CHARS)
})

test('every entity is named like those of Presidio, and has words of context in English', () => {
  for (const { entity, context } of recognisers) {
    expect(entity).toMatch(/^[A-Z][A-Z0-9_]+$/)
    expect(context['en']?.length).toBeGreaterThan(1)
  }
})
