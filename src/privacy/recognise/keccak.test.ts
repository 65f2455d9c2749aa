import { expect, test } from 'vitest'
import { keccak256 } from './keccak.ts'

test.each([
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
])('of %j it is what the authors of Ethereum print', (text, hash) => {
  expect(keccak256(new TextEncoder().encode(text))).toBe(hash)
})

test('a text of more than one block is taken whole', () => {
  const of = (length: number) => keccak256(new Uint8Array(length).fill(0x61))
  expect(new Set([135, 136, 137, 272].map(of)).size).toBe(4)
})
