import { MusivumError } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { describeValue, invalid } from './field-checks.ts'
import { findJsonFault } from './json-fault.ts'
import { scanJson } from './json-scan.ts'

/** A client's body as an object: no key twice anywhere, not nested beyond `MAX_JSON_DEPTH`. Throws `request.*`. */
export function parseJsonBody(body: string): JsonObject {
  scanJson(body)
  const root = parseText(body)
  if (!isJsonObject(root)) throw invalid('', 'a JSON object', describeValue(root))
  return root
}

function parseText(body: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    // The engine's error quotes the client's text; ours names the place instead.
    const { line, column, expected } = findJsonFault(body)
    throw new MusivumError(
      'request.malformed_json',
      `the body is not JSON: line ${line}, column ${column}: expected ${expected}`,
      { line, column },
    )
  }
}
