import { expect, test } from 'vitest'
import { recogniseOnce } from './recognise-once.ts'
import { createRecognise } from './recognise/recognise.ts'

function counted() {
  const read: string[] = []
  const recognise = createRecognise()
  return {
    read,
    recognise: (text: string) => {
      read.push(text)
      return recognise(text)
    },
  }
}

test('a text of a request is read once, by whomever', () => {
  const { read, recognise } = counted()
  const request = {}
  const forLabels = recogniseOnce(recognise, request)('to a@b.com')
  expect(recogniseOnce(recognise, request)('to a@b.com')).toEqual(forLabels)
  expect(forLabels).toMatchObject([{ entity: 'EMAIL_ADDRESS' }])
  expect(read).toEqual(['to a@b.com'])
})

test('another request, and another recogniser, read it again', () => {
  const [one, two] = [counted(), counted()]
  const request = {}
  recogniseOnce(one.recognise, request)('a@b.com')
  recogniseOnce(one.recognise, {})('a@b.com')
  recogniseOnce(two.recognise, request)('a@b.com')
  expect([one.read.length, two.read.length]).toEqual([2, 1])
})
