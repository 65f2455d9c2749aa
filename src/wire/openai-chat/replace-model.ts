import { editJsonObject } from '../json-edit.ts'
import { scanJson } from '../json-scan.ts'

export type TopLevelChanges = {
  /** The name the server knows the model by. */
  readonly model: string
  /** Ask for usage in the stream, whatever the client said. */
  readonly includeUsage?: boolean
  /** Fields this server rejects. */
  readonly drop?: readonly string[]
}

export type ChangedBody = {
  readonly body: string
  /** Which of `drop` were really there. */
  readonly dropped: readonly string[]
}

/**
 * The client's own text with another model name, and nothing else changed but what `changes` asks for. The text must
 * have passed `parseChatRequest` or `parseEmbeddingRequest`.
 */
export function replaceTopLevel(body: string, changes: TopLevelChanges): ChangedBody {
  const members = scanJson(body)
  const drop = new Set(changes.drop)
  const set = new Map([['model', JSON.stringify(changes.model)]])
  if (changes.includeUsage === true) {
    const options = members.find((member) => member.key === 'stream_options')
    set.set('stream_options', withUsage(options && body.slice(options.valueStart, options.end)))
  }
  const dropped = members.map((member) => member.key).filter((key) => drop.has(key))
  return { body: editJsonObject(body, members, { set, drop }), dropped }
}

function withUsage(options: string | undefined): string {
  if (options === undefined || !options.startsWith('{')) return '{"include_usage":true}'
  return editJsonObject(options, scanJson(options), {
    set: new Map([['include_usage', 'true']]),
    drop: new Set(),
  })
}
