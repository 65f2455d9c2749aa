import { expect, test } from 'vitest'
import { findRoute, routeTable, type Handler } from './route-table.ts'

const handler: Handler = () => undefined
const named: Handler = () => undefined
const fallback: Handler = () => undefined
const table = routeTable(
  [
    { method: 'POST', path: '/v1/chat/completions', handler },
    { method: 'GET', path: '/v1/models/{id}', handler: named },
    { method: 'GET', path: '/v1/responses/{id}', handler: named },
    { method: 'GET', path: '/v1/responses/{id}/input_items', handler },
    { method: 'DELETE', path: '/v1/responses/{id}', handler },
  ],
  fallback,
)

test('a path with its method finds its handler, with the query apart', () => {
  const found = findRoute(table, 'POST', '/v1/chat/completions?trace=1')
  expect(found.handler).toBe(handler)
  expect(found.parameters.query.get('trace')).toBe('1')
})

test('a model name with slashes and escapes arrives as it was written', () => {
  const found = findRoute(table, 'GET', '/v1/models/ollama/llama3%3A8b')
  expect(found.handler).toBe(named)
  expect(found.parameters.path).toEqual({ id: 'ollama/llama3:8b' })
})

test('a part of a stored thing, and another method on it, are found beside the thing', () => {
  expect(findRoute(table, 'GET', '/v1/responses/resp_1').handler).toBe(named)
  expect(findRoute(table, 'DELETE', '/v1/responses/resp_1').handler).toBe(handler)
  const items = findRoute(table, 'GET', '/v1/responses/resp_1/input_items')
  expect([items.handler, items.parameters.path]).toEqual([handler, { id: 'resp_1' }])
  expect(() => findRoute(table, 'POST', '/v1/responses/resp_1')).toThrow('takes GET, DELETE, not POST')
})

test('the wrong method says which one is right', () => {
  expect(() => findRoute(table, 'GET', '/v1/chat/completions')).toThrow(
    '/v1/chat/completions takes POST, not GET.',
  )
})

test('nothing under /v1 or /api that is not in the table is reachable', () => {
  for (const path of ['/v1', '/v1/', '/v1/proxy/x', '/api/keys', '/v1/models/']) {
    expect(() => findRoute(table, 'GET', path)).toThrow('There is no GET')
  }
  expect(() => findRoute(table, 'POST', '/anything')).toThrow('There is no POST')
})

test('a base URL without /v1 is recognised', () => {
  expect(() => findRoute(table, 'POST', '/chat/completions')).toThrow('Does the base URL end in /v1?')
})

test('other GETs go to the console', () => {
  expect(findRoute(table, 'GET', '/requests/1').handler).toBe(fallback)
})

test('a percent sign that encodes nothing is bad input, not a crash', () => {
  expect(() => findRoute(table, 'GET', '/v1/models/%E0%A4%A')).toThrow('percent sign')
})
