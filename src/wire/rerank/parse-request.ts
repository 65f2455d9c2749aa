import type { RerankRequest } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { describeValue, invalid, optionalBoolean, optionalInteger, requireName } from '../field-checks.ts'
import { unknownFields } from '../json-extra.ts'
import { parseJsonBody } from '../json-body.ts'

export type ParsedRerankRequest = {
  readonly model: string
  /** The client wants the texts back beside their scores. */
  readonly returnDocuments: boolean
  readonly request: RerankRequest
}

/** What Cohere takes in one request; the other vendors take fewer. */
export const MAX_DOCUMENTS = 10_000

/**
 * A rerank request in the form that Jina, Cohere, vLLM and llama-server share: a query and documents, each a text or an
 * object with `text`. Throws `request.malformed_json` or `request.invalid`; unknown fields stay in `extra`.
 */
export function parseRerankRequest(body: string): ParsedRerankRequest {
  const root = parseJsonBody(body)
  const documents = parseDocuments(root['documents'])
  const topN = optionalInteger(root, 'top_n', '', { min: 1, max: Number.MAX_SAFE_INTEGER })
  return {
    model: requireName(root, 'model', ''),
    returnDocuments: optionalBoolean(root, 'return_documents', '') ?? false,
    request: {
      query: requireName(root, 'query', ''),
      documents,
      ...(topN === undefined ? {} : { topN: Math.min(topN, documents.length) }),
      extra: unknownFields(root, KNOWN, ''),
    },
  }
}

const KNOWN: ReadonlySet<string> = new Set(['model', 'query', 'documents', 'top_n', 'return_documents'])

function parseDocuments(documents: Json | undefined): readonly string[] {
  if (!isJsonArray(documents) || documents.length === 0)
    throw invalid('documents', 'an array with at least one text', describeValue(documents))
  if (documents.length > MAX_DOCUMENTS)
    throw invalid('documents', `at most ${MAX_DOCUMENTS} texts`, `${documents.length}`)
  return documents.map((document, index) => textOf(document, `documents[${index}]`))
}

function textOf(document: Json, path: string): string {
  const text: Json | undefined = isJsonObject(document) ? (document as JsonObject)['text'] : document
  if (typeof text !== 'string')
    throw invalid(path, 'a string, or an object with "text"', describeValue(document))
  return text
}
