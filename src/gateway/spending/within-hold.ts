import type { ParsedRequest } from '../operation.ts'
import type { RequestContent } from '../request-content.ts'
import type { RequestRecord } from '../request-record.ts'

/**
 * The request with the limit that money was set aside for, where the model would else write on at the expense of a hard budget. The
 * client's bytes do not say it, so they are not passed through; that a limit was set is told to the client.
 */
export function withinHold<Content extends RequestContent>(
  request: ParsedRequest<Content>,
  record: RequestRecord,
): ParsedRequest<Content> {
  const { content } = request
  const limit = record.spending?.limitToTell
  if (limit === undefined || !('messages' in content)) return request
  const why = `set to ${limit}: more is not held of the hard budget; ask for more by this field`
  record.changes = [...record.changes, { kind: 'changed', path: LIMIT[content.dialect], why }]
  const sampling = { ...content.sampling, maxOutputTokens: limit }
  return { ...request, content: { ...content, sampling }, mayRelay: false }
}

/** How clients of each protocol say it. */
const LIMIT = {
  'openai-chat': 'max_completion_tokens',
  'openai-responses': 'max_output_tokens',
  'anthropic-messages': 'max_tokens',
} as const
