import { describe, expect, test } from 'vitest'
import { parseRerankAnswer } from './parse-answer.ts'
import { MAX_DOCUMENTS, parseRerankRequest } from './parse-request.ts'
import { renderRerankAnswer } from './render-answer.ts'
import { renderRerankRequest } from './render-request.ts'

const asked = {
  model: 'm',
  query: 'what is a mosaic?',
  documents: ['a', { text: 'b', title: 'x' }, 'c'],
  top_n: 2,
}

describe('a request', () => {
  test('takes texts and objects with a text, and keeps the fields we do not know', () => {
    const parsed = parseRerankRequest(JSON.stringify({ ...asked, max_tokens_per_doc: 512 }))
    expect(parsed).toMatchObject({ model: 'm', returnDocuments: false })
    expect(renderRerankRequest(parsed.request, 'upstream-name')).toEqual({
      model: 'upstream-name',
      query: 'what is a mosaic?',
      documents: ['a', 'b', 'c'],
      top_n: 2,
      max_tokens_per_doc: 512,
    })
  })

  test('for more documents than it sends asks for all of them', () => {
    expect(parseRerankRequest(JSON.stringify({ ...asked, top_n: 50 })).request.topN).toBe(3)
  })

  test.each([
    [{ query: '' }, 'query: expected a non-empty string, got an empty string'],
    [{ documents: [] }, 'documents: expected an array with at least one text, got an empty array'],
    [{ documents: ['a', 5] }, 'documents[1]: expected a string, or an object with "text", got 5'],
    [
      { documents: [{ title: 'x' }] },
      'documents[0]: expected a string, or an object with "text", got an object',
    ],
    [{ documents: Array(MAX_DOCUMENTS + 1).fill('a') }, 'documents: expected at most 10000 texts, got 10001'],
    [{ top_n: 0 }, 'top_n: expected a whole number from 1, got 0'],
    [{ return_documents: 'yes' }, 'return_documents: expected true or false, got a string'],
  ])('that is wrong gets one line: %#', (fields, message) => {
    expect(() => parseRerankRequest(JSON.stringify({ ...asked, ...fields }))).toThrow(
      expect.objectContaining({ code: 'request.invalid', message }),
    )
  })
})

describe('an answer', () => {
  // Jina, vLLM: usage in tokens. llama-server: the same with negative scores. Cohere: `meta`, no tokens.
  test.each([
    [{ usage: { total_tokens: 38 }, results: ranking('relevance_score') }, 38],
    [{ usage: { prompt_tokens: 7, total_tokens: 9 }, data: ranking('score') }, 7],
    [{ meta: { billed_units: { search_units: 1 } }, results: ranking('relevance_score') }, 0],
  ])('is read best first, whatever its server calls things: %#', (value, tokens) => {
    const answer = parseRerankAnswer(value, 3)
    expect(answer.ranked).toEqual([
      { index: 2, score: 0.9 },
      { index: 0, score: -1.5 },
    ])
    expect(answer.usage.inputTokens).toBe(tokens)
  })

  test('gives the texts back to a client that wants them', () => {
    const answer = parseRerankAnswer({ results: ranking('relevance_score') }, 3)
    const options = { requestId: 'r', model: 'm', documents: ['a', 'b', 'c'], musivum: {} }
    expect(renderRerankAnswer(answer, options)).toMatchObject({
      results: [
        { index: 2, relevance_score: 0.9, document: { text: 'c' } },
        { index: 0, relevance_score: -1.5, document: { text: 'a' } },
      ],
    })
  })

  test.each([
    [null, 'it holds no "results"'],
    [{ results: [{ index: 3, relevance_score: 1 }] }, 'it ranks a document that was not sent'],
    [{ results: [{ index: 0 }] }, 'it ranks a document without a score'],
    [
      {
        results: [
          { index: 0, relevance_score: 1 },
          { index: 0, relevance_score: 2 },
        ],
      },
      'it ranks a document twice',
    ],
  ])('that is none is said to be none: %#', (value, why) => {
    expect(() => parseRerankAnswer(value, 3)).toThrow(
      expect.objectContaining({
        code: 'upstream.bad_answer',
        message: expect.stringContaining(why) as string,
      }),
    )
  })
})

function ranking(name: string) {
  return [
    { index: 0, [name]: -1.5 },
    { index: 2, [name]: 0.9 },
  ]
}
