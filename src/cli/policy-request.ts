import { invalid, toMusivumError } from '../core/errors.ts'
import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { nearestNames } from '../core/nearest.ts'
import { anonymous, type Principal, type Role } from '../core/principal.ts'
import { circumstancesOf, type Circumstances } from '../policy/facts/request-values.ts'
import { label, type Labels } from '../privacy/label.ts'
import { parseMessagesRequest } from '../wire/anthropic-messages/parse-request.ts'
import { parseEmbeddingRequest } from '../wire/embeddings/parse-request.ts'
import { parseChatRequest } from '../wire/openai-chat/parse-request.ts'
import { parseResponsesRequest } from '../wire/openai-responses/parse-request.ts'
import { parseRerankRequest } from '../wire/rerank/parse-request.ts'
import { createRecognise } from '../privacy/recognise/recognise.ts'
import { statedLabels } from './policy-labels.ts'

/** A request that somebody wants explained: what a client would send, and who would send it. */
export type StatedRequest = {
  /** The name in `model`; absent: every model of the configuration is a candidate. */
  readonly model: string | undefined
  readonly labels: Labels
  readonly circumstances: Circumstances
  readonly principal: Principal
}

const WRAPPER = ['request', 'operation', 'principal', 'labels', 'budget_left_usd'] as const

/**
 * The body of a request in any protocol, or `{"request": …, "principal": {…}, "labels": …}` around one.
 *
 * @throws MusivumError `request.invalid`; the text of the request is never repeated
 */
export function readStatedRequest(text: string, file: string): StatedRequest {
  const root = parsedObject(text, file)
  const wrapped = isJsonObject(root['request'])
  if (wrapped) checkKeys(root, WRAPPER, file)
  const body = isJsonObject(root['request']) ? root['request'] : root
  const { operation, content } = contentOf(body, wrapped ? root['operation'] : undefined, file)
  const budget = wrapped ? root['budget_left_usd'] : undefined
  return {
    model: typeof body['model'] === 'string' ? body['model'] : undefined,
    labels:
      wrapped && root['labels'] !== undefined
        ? statedLabels(root['labels'], file)
        : label(content, createRecognise()),
    circumstances: {
      ...circumstancesOf(operation, content),
      ...(typeof budget === 'number' ? { budgetLeftUsd: budget } : {}),
    },
    principal: wrapped ? principalOf(root['principal'], file) : anonymous,
  }
}

function parsedObject(text: string, file: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the text, which may be a patient's.
    throw invalid(`${file}: is not JSON; expected the body of a request`)
  }
  if (!isJsonObject(value)) throw invalid(`${file}: expected a JSON object, the body of a request`)
  return value
}

function checkKeys(root: JsonObject, known: readonly string[], file: string): void {
  const wrong = Object.keys(root).find((key) => !known.includes(key))
  if (wrong === undefined) return
  const [nearest] = nearestNames(wrong, known, 1)
  const hint = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${nearest}?`
  throw invalid(`${file}: ${wrong.slice(0, 64)}: unknown key; ${hint}`)
}

type Content = Conversation | EmbeddingRequest | RerankRequest
type Asked = { readonly operation: 'chat' | 'embeddings' | 'rerank'; readonly content: Content }

const OPERATIONS = ['chat', 'embeddings', 'rerank'] as const

function contentOf(body: JsonObject, stated: Json | undefined, file: string): Asked {
  const operation = OPERATIONS.find((each) => each === stated) ?? operationOf(body)
  if (stated !== undefined && operation !== stated)
    throw invalid(`${file}: operation: expected ${OPERATIONS.join(', ')}`)
  // What it is asked of does not change what is in it, and every protocol wants a name there.
  const text = JSON.stringify({ model: 'any', ...body })
  try {
    return { operation, content: parse(operation, body, text) }
  } catch (thrown) {
    throw invalid(`${file}: ${toMusivumError(thrown).message}`)
  }
}

function operationOf(body: JsonObject): Asked['operation'] {
  if ('documents' in body && 'query' in body) return 'rerank'
  const { input } = body
  const listed = isJsonArray(input) && input.length > 0 && input.every((each) => !isJsonObject(each))
  return listed || 'encoding_format' in body || 'dimensions' in body ? 'embeddings' : 'chat'
}

function parse(operation: Asked['operation'], body: JsonObject, text: string): Content {
  if (operation === 'embeddings') return parseEmbeddingRequest(text).request
  if (operation === 'rerank') return parseRerankRequest(text).request
  if ('input' in body) return parseResponsesRequest(text).conversation
  return isAnthropic(body)
    ? parseMessagesRequest(withLimit(body, text)).conversation
    : parseChatRequest(text).conversation
}

/** What only Anthropic's protocol says so: a system prompt beside the messages, tools and results as blocks of its own. */
function isAnthropic(body: JsonObject): boolean {
  if ('system' in body || 'stop_sequences' in body || 'thinking' in body) return true
  const { messages, tools } = body
  const blocks = isJsonArray(messages) ? messages.flatMap(blocksOf) : []
  if (blocks.some(({ type }) => OWN_BLOCKS.has(type))) return true
  return isJsonArray(tools) && tools.some((tool) => isJsonObject(tool) && 'input_schema' in tool)
}

const OWN_BLOCKS: ReadonlySet<unknown> = new Set(['tool_use', 'tool_result', 'image', 'document', 'thinking'])

function blocksOf(message: Json): readonly JsonObject[] {
  const content = isJsonObject(message) ? message['content'] : undefined
  return isJsonArray(content) ? content.filter(isJsonObject) : []
}

/** The protocol demands a limit that no rule asks for. */
function withLimit(body: JsonObject, text: string): string {
  return 'max_tokens' in body ? text : JSON.stringify({ model: 'any', max_tokens: 1024, ...body })
}

const PRINCIPAL = ['key', 'id', 'team', 'project', 'role', 'clearances', 'kind'] as const
const ROLES: readonly Role[] = ['member', 'auditor', 'admin']

function principalOf(stated: Json | undefined, file: string): Principal {
  if (stated === undefined) return anonymous
  if (!isJsonObject(stated)) throw invalid(`${file}: principal: expected an object`)
  checkKeys(stated, PRINCIPAL, `${file}: principal`)
  if (stated['kind'] === 'anonymous') return anonymous
  const text = (key: string) => (typeof stated[key] === 'string' ? stated[key] : undefined)
  const role = ROLES.find((each) => each === stated['role'])
  if (stated['role'] !== undefined && role === undefined)
    throw invalid(`${file}: principal.role: expected ${ROLES.join(', ')}`)
  const [team, project] = [text('team'), text('project')]
  return {
    kind: 'key',
    id: text('key') ?? text('id') ?? 'unnamed',
    role: role ?? 'member',
    clearances: textsOf(stated['clearances'], `${file}: principal.clearances`),
    ...(team === undefined ? {} : { team }),
    ...(project === undefined ? {} : { project }),
  }
}

function textsOf(value: Json | undefined, where: string): readonly string[] {
  if (value === undefined) return []
  if (isJsonArray(value) && value.every((each) => typeof each === 'string')) return value
  throw invalid(`${where}: expected a list of texts`)
}
