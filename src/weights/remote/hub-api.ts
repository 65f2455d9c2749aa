import { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import { isSafeFileName } from '../file-roles.ts'
import type { RemoteHttp } from './remote-http.ts'
import { connectionFailure, statusFailure, type Subject } from './remote-failure.ts'
import { drain, headerOf, type RemoteReply } from './remote-reply.ts'
import { withPatience, type Patience } from './with-patience.ts'

export type RepositoryName = { readonly owner: string; readonly repo: string }

/** What the hub says of a repository at one commit. */
export type Repository = {
  /** `OWNER/REPO`, as it is called today. */
  readonly id: string
  /** 40 hex digits. */
  readonly commit: string
  readonly gated: boolean
  readonly licence: string | null
  readonly baseModels: readonly string[]
}

export type ListedFile = {
  readonly path: string
  readonly bytes: number
  /** Of the content, for large files only: of small ones the hub knows git's own hash. */
  readonly sha256: string | null
}

export type HubCall = {
  readonly http: RemoteHttp
  readonly subject: Subject & { readonly page: string; readonly revision: string }
  readonly patience: Patience
}

/**
 * `GET /api/models/OWNER/REPO/revision/REV`: the commit that a moving name stands for now, and what its card declares.
 * A renamed repository answers with a redirect on the same host, and is called by its new name from then on.
 *
 * @throws MusivumError `model.not_found`, `upstream.*`
 */
export async function readRepository(
  call: HubCall,
  { owner, repo }: RepositoryName,
  revision: string,
): Promise<Repository> {
  const url = `${call.http.endpoint}/api/models/${owner}/${repo}/revision/${encodeURIComponent(revision)}`
  const { value } = await readJson(url, call, MAX_CARD_BYTES)
  const parsed = ModelInfo.safeParse(value)
  if (!parsed.success) throw strange(call, 'what it says of the repository lacks its name or its commit')
  const { id, sha, gated, cardData, tags } = parsed.data
  return {
    id,
    commit: sha,
    gated: gated !== false,
    licence: licenceOf(cardData, tags),
    baseModels: basesOf(cardData, tags),
  }
}

// A listing of 5,000 names (`siblings`) is 300 kB and the longest cards some 200 kB.
const MAX_CARD_BYTES = 8 * 1024 * 1024

const Words = z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([])
const ModelInfo = z.object({
  // It becomes part of addresses: `../x` would be another repository's.
  id: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.-]{0,95}\/[A-Za-z0-9_][\w.-]{0,95}$/)
    .refine((id) => !id.includes('..')),
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  gated: z.union([z.literal(false), z.string()]).catch(false),
  cardData: z
    .object({ license: Words, license_name: z.string().optional().catch(undefined), base_model: Words })
    .catch({ license: [], license_name: undefined, base_model: [] }),
  tags: z.array(z.string()).catch([]),
})
type Card = z.infer<typeof ModelInfo>['cardData']

/** `other` says nothing; the name that stands beside it does. */
function licenceOf({ license, license_name }: Card, tags: readonly string[]): string | null {
  const declared = license[0] ?? tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length)
  return (declared === 'other' ? license_name : undefined) ?? declared ?? null
}

/** Merges name two to a dozen. */
const MAX_BASES = 64

/** The tags repeat them with the relation in between: `base_model:quantized:OWNER/REPO`. */
function basesOf({ base_model }: Card, tags: readonly string[]): readonly string[] {
  const tagged = tags.flatMap((tag) => /^base_model:(?:[a-z]+:)?([^:]+\/[^:]+)$/.exec(tag)?.[1] ?? [])
  return Array.from(new Set(base_model.length > 0 ? base_model : tagged)).slice(0, MAX_BASES)
}

/**
 * `GET /api/models/OWNER/REPO/tree/COMMIT?recursive=true`, page by page (`Link: <…>; rel="next"`).
 *
 * @throws MusivumError `request.invalid` for a repository of more files than any one model has, or one that lists a
 *   path which would leave its folder
 */
export async function listFiles(call: HubCall, { id, commit }: Repository): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = []
  let url: string | undefined =
    `${call.http.endpoint}/api/models/${id}/tree/${commit}?recursive=true&expand=false`
  for (let page = 0; url !== undefined; page += 1) {
    if (page >= MAX_PAGES || files.length > MAX_FILES) throw tooMany(call)
    const { value, reply }: Read = await readJson(url, call, MAX_PAGE_BYTES)
    const parsed = TreePage.safeParse(value)
    if (!parsed.success) throw strange(call, 'its list of files is not one')
    files.push(...parsed.data.flatMap(listed))
    url = nextPage(reply, url, call.http.endpoint)
  }
  if (files.length > MAX_FILES) throw tooMany(call)
  const outside = files.find(({ path }) => !isSafeFileName(path))
  if (outside !== undefined)
    throw strange(
      call,
      `it lists ${JSON.stringify(outside.path.slice(0, 80))}, a name that would leave its folder`,
    )
  return files
}

// The most that one model is published as is some 700 files (shards of the largest in ten formats); collections of
// training states have tens of thousands. A page has up to 1,000 entries of 200 to 400 bytes.
const MAX_FILES = 5_000
const MAX_PAGES = 50
const MAX_PAGE_BYTES = 4 * 1024 * 1024

const TreePage = z.array(
  z.object({
    type: z.string(),
    path: z.string().max(4096),
    size: z.number().int().nonnegative().catch(0),
    lfs: z
      .object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().nonnegative() })
      .optional()
      .catch(undefined),
  }),
)

function listed({ type, path, size, lfs }: z.infer<typeof TreePage>[number]): readonly ListedFile[] {
  if (type !== 'file') return []
  return [{ path, bytes: lfs?.size ?? size, sha256: lfs?.oid ?? null }]
}

/** A mirror passes on the hub's own addresses: only the path is taken, so the next page is asked of the mirror again. */
function nextPage({ headers }: RemoteReply, from: string, endpoint: string): string | undefined {
  const link = headerOf(headers, 'link') ?? ''
  const target = /<([^<>]{1,4096})>\s*;\s*rel="?next"?/.exec(link)?.[1]
  const url = target === undefined ? null : URL.parse(target, from)
  if (url === null) return undefined
  if (url.href.startsWith(`${endpoint}/`)) return url.href
  return endpoint + url.pathname + url.search
}

type Read = { readonly value: unknown; readonly reply: RemoteReply }

function readJson(url: string, call: HubCall, maxBytes: number): Promise<Read> {
  return withPatience(async () => {
    const reply = await call.http.get(url, { sameOrigin: true, headers: { accept: 'application/json' } })
    if (reply.status !== 200) {
      await drain(reply)
      throw statusFailure(reply, call.subject)
    }
    return { value: parsedJson(await textOf(reply, maxBytes, call), call), reply }
  }, call.patience)
}

async function textOf({ body }: RemoteReply, maxBytes: number, call: HubCall): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of body) {
      const chunk = Buffer.from(part as Uint8Array)
      bytes += chunk.length
      if (bytes > maxBytes) throw strange(call, `its answer is longer than ${maxBytes} bytes`)
      parts.push(chunk)
    }
  } catch (thrown) {
    throw connectionFailure(thrown, call.subject.host, call.patience.signal)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsedJson(text: string, call: HubCall): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // A login page of a hotel network, most often. What was in it is of no use to anybody.
    throw strange(call, 'its answer is not JSON')
  }
}

function strange({ subject }: HubCall, what: string): MusivumError {
  const line = `${subject.name} cannot be had: ${subject.host} does not answer as a hub does: ${what}.`
  return new MusivumError('upstream.bad_answer', line, { host: subject.host })
}

function tooMany({ subject: { name, page, revision } }: HubCall): MusivumError {
  return invalid(
    `${name} lists more than ${MAX_FILES} files, which is no repository of one model. Name the file itself: ${page}/resolve/${revision}/FILE.gguf`,
  )
}
