/**
 * A call to the gateway that did not give what was asked: its own words where it sent some, ours where it did not
 * answer at all. `status` is 0 when no answer came.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string | null
  /** Seconds the gateway asks to wait before trying again. */
  readonly retryAfterSeconds: number | null

  constructor(
    message: string,
    facts: {
      readonly status: number
      readonly code?: string | null
      readonly retryAfterSeconds?: number | null
    },
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.status = facts.status
    this.code = facts.code ?? null
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
  }
}

/** An error answer in OpenAI's shape; a body of any other shape (a proxy's HTML page) is named by its status only. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const text = await response.text()
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterSeconds = Number.isFinite(wait) ? wait : null
  return errorOfBody(text, response.status, retryAfterSeconds)
}

export function errorOfBody(text: string, status: number, retryAfterSeconds: number | null = null): ApiError {
  const error = errorObject(text)
  const message = typeof error?.['message'] === 'string' ? error['message'] : `HTTP ${status}`
  const code = typeof error?.['code'] === 'string' ? error['code'] : null
  return new ApiError(message, { status, code, retryAfterSeconds })
}

function errorObject(text: string): Record<string, unknown> | undefined {
  const body = parsed(text)
  if (!isRecord(body)) return undefined
  return isRecord(body['error']) ? body['error'] : undefined
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is an answer too: the caller shows the status instead of the text of a stranger's page.
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
