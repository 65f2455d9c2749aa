import { expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import { configuredNames } from './configured-names.ts'

function model(name: string, baseUrl: string, more: Partial<Model> = {}): Model {
  const binding = { engine: 'openai', baseUrl, upstreamModel: 'm' } as const
  return { name, binding, price: { kind: 'owned' }, toy: false, origin: 'config', ...more }
}

const LOOPBACK = 'http://127.0.0.1:8000/v1'

test('what is left out has a default, and the default is closed', () => {
  const { names, problems, warnings } = configuredNames({ model: 'a' }, [model('a', LOOPBACK)], 'some')
  expect(names).toEqual({
    model: 'a',
    entities: ['PERSON', 'LOCATION', 'ORGANIZATION'],
    timeoutMs: 5_000,
    onError: 'refuse',
  })
  expect([...problems, ...warnings]).toEqual([])
})

test.each([
  ['another machine of the network', model('a', 'http://10.0.0.4/v1')],
  ['a seller', model('a', 'https://api.openai.com/v1')],
  ['a proxy on this machine that passes requests on', model('a', LOOPBACK, { facts: { runs: 'remote' } })],
])('a model on %s may not read what is not labelled yet', (_where, far) => {
  const { problems } = configuredNames({ model: 'a' }, [far], 'some')
  expect(problems).toEqual([
    { path: ['privacy', 'names', 'model'], text: expect.stringMatching(/leaves this machine.*expected/) },
  ])
})

test('what is strange without being wrong is told', () => {
  const told = (entry: Parameters<typeof configuredNames>[0], rules: 'none' | 'some', toy = false) =>
    configuredNames(entry, [model('a', LOOPBACK, { toy })], rules).warnings.map(({ text }) => text)
  expect(told({ model: 'b' }, 'some')).toEqual([expect.stringContaining('no configured model is called b')])
  expect(told({ model: 'a', entities: ['PERSON'] }, 'some')).toEqual([
    expect.stringContaining('labels say `names: not-covered`'),
  ])
  expect(told({ model: 'a' }, 'none')).toEqual([expect.stringContaining('no rules that read labels')])
  expect(told({ model: 'a' }, 'some', true)).toEqual([expect.stringContaining('does not find names')])
})
