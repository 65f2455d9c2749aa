import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { checkOrigin } from './origin.ts'

const request = (headers: Record<string, string>): IncomingMessage =>
  ({ headers }) as unknown as IncomingMessage

test.each(['127.0.0.1:4000', 'localhost', 'LOCALHOST:4000', '[::1]:4000', '127.8.9.10'])(
  'a gateway on loopback answers to %s',
  (host) => {
    expect(() => checkOrigin(request({ host }), true)).not.toThrow()
  },
)

test.each(['evil.example', '127.0.0.1.evil.example', '192.168.0.9:4000', 'localhost.evil.example:4000'])(
  'a page that points %s at loopback is refused',
  (host) => {
    expect(() => checkOrigin(request({ host }), true)).toThrow('The Host header names another machine')
  },
)

test('a request without Host is refused on loopback', () => {
  expect(() => checkOrigin(request({}), true)).toThrow('Host header')
})

test('on an address that other machines reach any Host is fine', () => {
  expect(() => checkOrigin(request({ host: 'llm.company.example' }), false)).not.toThrow()
})

test('a web page of another site cannot use the gateway, the own console can', () => {
  const host = '127.0.0.1:4000'
  expect(() => checkOrigin(request({ host, origin: 'http://127.0.0.1:4000' }), true)).not.toThrow()
  expect(() => checkOrigin(request({ host, origin: 'https://evil.example' }), true)).toThrow('another site')
  expect(() => checkOrigin(request({ host, origin: 'http://127.0.0.1:3000' }), true)).toThrow('another site')
  expect(() => checkOrigin(request({ host, origin: 'null' }), true)).toThrow('another site')
})
