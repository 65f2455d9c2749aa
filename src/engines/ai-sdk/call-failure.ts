import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { parseOpenAiError, type UpstreamError } from '../../wire/openai-error.ts'
import { badAnswer, connectionError, refusalError, type UpstreamIdentity } from '../http/upstream-error.ts'

/**
 * What a provider package threw, or put into its stream, as an error of ours. Packages bring classes of their own, in as
 * many copies as are installed, so they are told apart by name and fields.
 */
export function callFailure(
  upstream: UpstreamIdentity,
  thrown: unknown,
  begun: boolean,
  clock: Pick<Clock, 'now'>,
): unknown {
  const ours = ourOwn(thrown)
  if (ours !== undefined) return ours
  if (!isRecord(thrown)) return thrown
  const answered = refused(upstream, thrown, clock)
  if (answered !== undefined) return answered
  switch (thrown['name']) {
    case 'AI_UnsupportedFunctionalityError':
      return new MusivumError(
        'request.unsupported',
        `the provider has no words for this: ${wordsOf(thrown['functionality'])}`,
      )
    case 'AI_InvalidPromptError':
    case 'AI_InvalidArgumentError':
      return new MusivumError('request.invalid', 'the provider package does not take this request')
    case 'AI_LoadAPIKeyError':
    case 'AI_LoadSettingError':
      return new MusivumError(
        'model.unavailable',
        `${upstream.model} has no key or setting that its provider needs`,
      )
    case 'AI_NoSuchModelError':
      return new MusivumError(
        'model.unavailable',
        `the provider of ${upstream.model} has no model of this kind`,
      )
    case 'AI_JSONParseError':
    case 'AI_TypeValidationError':
    case 'AI_InvalidResponseDataError':
    case 'AI_EmptyResponseBodyError':
    case 'AI_NoContentGeneratedError':
      return badAnswer(upstream, 'something that is not its protocol')
    default:
      return connectionError(upstream, thrown, begun)
  }
}

/** Ours may be wrapped: packages put what their `fetch` throws into an error of their own. */
function ourOwn(thrown: unknown): MusivumError | undefined {
  for (
    let error = thrown, depth = 0;
    error instanceof Error && depth < MAX_CAUSES;
    error = error.cause, depth += 1
  )
    if (error instanceof MusivumError) return error
  return undefined
}

const MAX_CAUSES = 8

/** An answer with a status: a refused call, or a failure reported in the middle of a stream. */
function refused(
  upstream: UpstreamIdentity,
  thrown: Readonly<Record<string, unknown>>,
  clock: Pick<Clock, 'now'>,
): MusivumError | undefined {
  const { statusCode, responseBody, responseHeaders, data, message, type, code } = thrown
  if (typeof statusCode !== 'number') return undefined
  const headers = isRecord(responseHeaders) ? responseHeaders : {}
  const said = { error: { message: wordsOf(message), type: wordsOf(type), code: wordsOf(code) } }
  const body =
    typeof responseBody === 'string' && responseBody !== '' ? responseBody : JSON.stringify(data ?? said)
  return refusalError(
    { ...upstream, parseError: parseProviderError },
    {
      status: statusCode,
      contentType: wordsOf(headers['content-type']),
      retryAfter: wordsOf(headers['retry-after']) || undefined,
      body,
    },
    clock,
  )
}

/** Google says in `details` what its status only hints at; Bedrock and Cohere have a bare `message`. */
export function parseProviderError(value: unknown): UpstreamError | undefined {
  const said = parseOpenAiError(value) ?? bareMessage(value)
  const error = isJsonObject(value) && isJsonObject(value.error) ? value.error : undefined
  if (said === undefined || error === undefined) return said
  const details = isJsonArray(error.details) ? error.details.filter(isJsonObject) : []
  const reason = details.map((detail) => detail.reason).find((each) => typeof each === 'string')
  return { ...said, code: wordsOf(reason) || said.code, type: said.type || wordsOf(error.status) }
}

function bareMessage(value: unknown): UpstreamError | undefined {
  if (!isJsonObject(value) || typeof value['Message'] !== 'string') return undefined
  return { message: value['Message'], code: '', type: '' }
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
