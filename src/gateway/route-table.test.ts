import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { findRoute, routeTable, type Entrance, type Handler } from './route-table.ts'

const handler: Handler = () => undefined
const named: Handler = () => undefined
let served: string | undefined
const fallback: Handler = (_request, _response, { path }) => void (served = path['file'])
const access = 'member'
const doors = new Map<Handler, Entrance>([handler, named].map((each) => [each, () => undefined]))
const table = routeTable(
  [
    { method: 'POST', path: '/v1/chat/completions', access, handler },
    { method: 'GET', path: '/v1/models/{id}', access, handler: named },
    { method: 'GET', path: '/v1/responses/{id}', access, handler: named },
    { method: 'GET', path: '/v1/responses/{id}/input_items', access, handler },
    { method: 'DELETE', path: '/v1/responses/{id}', access, handler },
  ],
  fallback,
  (route) => doors.get(route.handler) ?? (() => undefined),
)

test('a path with its method finds its handler, with the query apart', () => {
  const found = findRoute(table, 'POST', '/v1/chat/completions?trace=1')
  expect(found.handler).toBe(doors.get(handler))
  expect(found.parameters.query.get('trace')).toBe('1')
})

test('a model name with slashes and escapes arrives as it was written', () => {
  const found = findRoute(table, 'GET', '/v1/models/ollama/llama3%3A8b')
  expect(found.handler).toBe(doors.get(named))
  expect(found.parameters.path).toEqual({ id: 'ollama/llama3:8b' })
})

test('a part of a stored thing, and another method on it, are found beside the thing', () => {
  expect(findRoute(table, 'GET', '/v1/responses/resp_1').handler).toBe(doors.get(named))
  expect(findRoute(table, 'DELETE', '/v1/responses/resp_1').handler).toBe(doors.get(handler))
  const items = findRoute(table, 'GET', '/v1/responses/resp_1/input_items')
  expect([items.handler, items.parameters.path]).toEqual([doors.get(handler), { id: 'resp_1' }])
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
  const found = findRoute(table, 'GET', '/requests/1')
  void found.handler({} as IncomingMessage, {} as ServerResponse, found.parameters)
  expect(served).toBe('/requests/1')
})

test('no other way of writing a path leads to an API, nor past it to the console', () => {
  const ways = ['//api/keys', '//v1/models', 'http://elsewhere/api/keys', '*', '/API/keys', '/V1/models', '']
  for (const path of ways) expect(() => findRoute(table, 'GET', path), path).toThrow('There is no GET')
  for (const path of ['/v1/../api/keys', '/v1/%2e%2e/api/keys', '/v1/chat/completions/', '/v1//models'])
    expect(() => findRoute(table, 'GET', path), path).toThrow('There is no GET')
})

test('a percent sign that encodes nothing is bad input, not a crash', () => {
  expect(() => findRoute(table, 'GET', '/v1/models/%E0%A4%A')).toThrow('percent sign')
})
