import { expect, test } from 'vitest'
import type { Reply } from '../exchange.ts'
import { gatedReply } from './gated-reply.ts'

function listening() {
  const said: string[] = []
  let begun = false
  const reply: Reply = {
    get begun() {
      return begun
    },
    whole(status, _headers, body) {
      begun = true
      said.push(`whole ${status} ${String(body)}`)
    },
    begin(status) {
      begun = true
      said.push(`begin ${status}`)
    },
    write: (chunk) => said.push(`write ${String(chunk)}`) > 0,
    drained: (resume) => {
      said.push('drained')
      resume()
    },
    end: () => void said.push('end'),
  }
  return { said, reply: gatedReply(reply) }
}

test('without anything to wait for it is the reply', () => {
  const { said, reply } = listening()
  reply.begin(200, {}, [])
  expect(reply.write('a')).toBe(true)
  reply.end({})
  expect(said).toEqual(['begin 200', 'write a', 'end'])
  expect(reply.released()).toBeUndefined()
})

test('what is said meanwhile is held, in its order, and its writer is told to wait', async () => {
  const { said, reply } = listening()
  const kept = Promise.withResolvers<void>()
  reply.holdUntil(kept.promise)
  let resumed = 0
  reply.begin(200, {}, [])
  expect(reply.begun).toBe(true)
  expect(reply.write('a')).toBe(false)
  reply.drained(() => (resumed += 1))
  expect([said, resumed]).toEqual([[], 0])
  kept.resolve()
  await reply.released()
  expect([said, resumed]).toEqual([['begin 200', 'write a'], 1])
  reply.write('b')
  reply.end({})
  expect(said).toEqual(['begin 200', 'write a', 'write b', 'end'])
})

test('what could not be kept was never said, and something else can be', async () => {
  const { said, reply } = listening()
  const kept = Promise.withResolvers<void>()
  reply.holdUntil(kept.promise)
  reply.whole(200, {}, 'an answer')
  const released = reply.released()
  kept.reject(new Error('the disk is full'))
  await expect(released).rejects.toThrow('the disk is full')
  expect([said, reply.begun]).toEqual([[], false])
  reply.whole(503, {}, 'no')
  expect(said).toEqual(['whole 503 no'])
})
