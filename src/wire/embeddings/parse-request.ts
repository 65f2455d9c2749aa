import type { EmbeddingRequest } from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  invalidChoice,
  optionalInteger,
  optionalString,
  requireName,
} from '../field-checks.ts'
import { unknownFields } from '../json-extra.ts'
import { parseJsonBody } from '../json-body.ts'

export type EncodingFormat = 'float' | 'base64'

export type ParsedEmbeddingRequest = {
  readonly model: string
  readonly encodingFormat: EncodingFormat
  readonly request: EmbeddingRequest
  /** The body as the client sent it. */
  readonly root: JsonObject
}

/** What OpenAI takes in one request. */
export const MAX_EMBEDDING_INPUTS = 2048

/**
 * An embedding request of a client, checked: one text, several, one array of tokens, or several. Throws
 * `request.malformed_json` or `request.invalid`; unknown fields stay in `extra`.
 */
export function parseEmbeddingRequest(body: string): ParsedEmbeddingRequest {
  const root = parseJsonBody(body)
  const model = requireName(root, 'model', '')
  const inputs = parseInputs(root.input)
  const dimensions = optionalInteger(root, 'dimensions', '', { min: 1, max: MAX_DIMENSIONS })
  return {
    model,
    encodingFormat: parseEncodingFormat(root),
    request: {
      inputs,
      ...(dimensions === undefined ? {} : { dimensions }),
      extra: unknownFields(root, KNOWN, ''),
    },
    root,
  }
}

const KNOWN: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format'])

// The largest models known have 8,192; this leaves room and stops a vector that would not fit memory.
const MAX_DIMENSIONS = 65_536

function parseEncodingFormat(root: JsonObject): EncodingFormat {
  const format = optionalString(root, 'encoding_format', '') ?? 'float'
  if (format !== 'float' && format !== 'base64')
    throw invalidChoice('encoding_format', ['float', 'base64'], format)
  return format
}

function parseInputs(input: Json | undefined): EmbeddingRequest['inputs'] {
  if (typeof input === 'string') return [textAt(input, 'input')]
  if (!isJsonArray(input) || input.length === 0)
    throw invalid('input', 'a string, or an array of strings or tokens', describeValue(input))
  if (typeof input[0] === 'number') return [tokensAt(input, 'input')]
  if (input.length > MAX_EMBEDDING_INPUTS)
    throw invalid('input', `at most ${MAX_EMBEDDING_INPUTS} texts`, `${input.length}`)
  return input.map((one, index) => inputAt(one, `input[${index}]`))
}

function inputAt(one: Json, path: string): string | readonly number[] {
  return isJsonArray(one) ? tokensAt(one, path) : textAt(one, path)
}

function textAt(text: Json, path: string): string {
  if (typeof text !== 'string' || text === '') throw invalid(path, 'a non-empty string', describeValue(text))
  return text
}

function tokensAt(tokens: readonly Json[], path: string): readonly number[] {
  if (tokens.length === 0) throw invalid(path, 'an array with at least one token', 'an empty array')
  return tokens.map((token, index) => {
    if (typeof token !== 'number' || !Number.isSafeInteger(token) || token < 0)
      throw invalid(`${path}[${index}]`, 'a token id', describeValue(token))
    return token
  })
}
