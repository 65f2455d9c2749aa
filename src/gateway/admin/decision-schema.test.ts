import { expect, test } from 'vitest'
import type { Decision } from '../../routing/decide.ts'
import type { Labels } from '../../privacy/label.ts'
import { decision } from './decision-schema.ts'

type Examined = Extract<Labels, { readonly examined: true }>

/** With every field there is: a new one does not compile before it stands here, and fails below until the API says it. */
const labels: Required<Examined> = {
  examined: true,
  kinds: ['contact'],
  entities: ['EMAIL_ADDRESS'],
  counts: { EMAIL_ADDRESS: 2 },
  sensitivity: 2,
  names: 'not-covered',
  unread: ['image'],
  languages: ['en', 'hi'],
  language: 'en',
  task: 'letters',
}

const whole: Required<Decision> = {
  id: 'd',
  asked: 'far',
  candidates: ['far', 'near', 'other'],
  removed: [{ model: 'far', rule: 'stay', reason: 'Stays here.', at: 'rules.yaml:3' }],
  policy: 'policy rules.yaml 12ab is in force',
  labels,
  obligations: { near: ['mask', 'no-cache'] },
  plan: { kind: 'single', model: 'near', otherwise: [{ model: 'other', on: ['outage'] }] },
  masked: { replaced: { EMAIL_ADDRESS: 1 }, restored: 3, unknown: 1 },
  names: { model: 'tagger', calls: 2, known: 3, found: 4, dropped: 1, ms: 80 },
  approval: { id: 'ap-0123456789', by: 'key mv-0123456789' },
  watermark: { key: 'wm-0123456789ab' },
  guards: [
    {
      guard: 'keys',
      on: 'output',
      check: 'secrets',
      mode: 'window',
      verdict: 'found',
      action: 'redacted',
      found: { API_KEY: 1 },
      where: ['answer text'],
      ms: 0.4,
    },
  ],
  because: 'far was removed.',
}

test('the admin API describes every field of a decision', () => {
  expect(decision.parse(whole)).toEqual(whole)
})

test('a request that nobody examined is one too', () => {
  const unexamined = { ...whole, labels: { examined: false } }
  expect(decision.parse(unexamined)).toEqual(unexamined)
})
