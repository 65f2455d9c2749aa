import { invalid } from '../core/errors.ts'

/** Where open weights come from, as somebody wrote it. Nothing was looked up yet. */
export type Source = HfSource | HttpsSource | FileSource | OllamaSource

export type HfSource = {
  readonly kind: 'hf'
  readonly owner: string
  readonly repo: string
  /** `Q4_K_M`, or the name of a file: which files of the repository are meant. */
  readonly quant?: string
  /** A branch, a tag or a commit; the repository's own `main` when not given. */
  readonly revision?: string
}
/** An address of one file. `http:` only on loopback. */
export type HttpsSource = { readonly kind: 'https'; readonly url: string }
/** As written; relative to wherever the caller stands. */
export type FileSource = { readonly kind: 'file'; readonly path: string }
/** A model in the store of an Ollama on this machine: `llama3.2:3b`. */
export type OllamaSource = { readonly kind: 'ollama'; readonly name: string }

/**
 * `hf:OWNER/REPO[:QUANT][@REVISION]`, `https://…`, `file:PATH`, a path, or `ollama:NAME`.
 *
 * @throws MusivumError `request.invalid`, one line. An address with a password in it is refused without repeating it.
 */
export function parseSource(text: string): Source {
  const trimmed = text.trim()
  if (trimmed === '') throw invalid(`a source is ${FORMS}; this one is empty`)
  // A source is at most a path; anything longer is something else that was passed by mistake.
  if (trimmed.length > 4096 || hasControls(trimmed))
    throw invalid(`a source is ${FORMS}; this is no such text`)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1]?.toLowerCase()
  switch (scheme) {
    case 'hf':
      return hfSource(trimmed.slice('hf:'.length))
    case 'ollama':
      return ollamaSource(trimmed.slice('ollama:'.length))
    case 'file':
      return fileSource(trimmed.slice('file:'.length))
    case 'http':
    case 'https':
      return webSource(trimmed)
    case undefined:
      return { kind: 'file', path: trimmed }
    default:
      return otherSource(trimmed, scheme)
  }
}

const FORMS = 'hf:OWNER/REPO[:QUANT][@REVISION], https://…, file:PATH or ollama:NAME'

function hfSource(rest: string): HfSource {
  const match = /^([^/:@]+)\/([^/:@]+)(?::([^/:@]+))?(?:@(.+))?$/.exec(rest)
  const [, owner = '', repo = '', quant, revision] = match ?? []
  if (match === null) throw invalid('a repository is written hf:OWNER/REPO[:QUANT][@REVISION]')
  if (!isHubName(owner)) throw invalid(`hf: the owner ${shown(owner)} is no name that a hub gives`)
  if (!isHubName(repo)) throw invalid(`hf: the repository ${shown(repo)} is no name that a hub gives`)
  if (quant !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,159}$/.test(quant))
    throw invalid(`hf: the quantisation ${shown(quant)} is none; expected one such as Q4_K_M`)
  if (revision !== undefined && !isRevision(revision))
    throw invalid(`hf: the revision ${shown(revision)} is none; expected a branch, a tag or a commit`)
  return {
    kind: 'hf',
    owner,
    repo,
    ...(quant === undefined ? {} : { quant }),
    ...(revision === undefined ? {} : { revision }),
  }
}

/** The hub's own rule: letters, digits, `-`, `_`, `.`; no `..`, and neither dot nor dash at an end. */
function isHubName(name: string): boolean {
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/.test(name) && !/\.\.|--/.test(name)
}

/** A git name: `refs/pr/3` has slashes, and `../x` would be another repository's address. */
function isRevision(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}$/.test(name) && !/\.\.|\/\/|\/$/.test(name)
}

function ollamaSource(name: string): OllamaSource {
  const parts = name.split('/')
  // [HOST/][NAMESPACE/]MODEL[:TAG]; each becomes a folder name, so each is checked as one.
  const right = parts.length <= 3 && parts.every((part) => OLLAMA_PART.test(part) && !part.includes('..'))
  if (!right)
    throw invalid(`ollama: ${shown(name)} is no model name; expected one such as ollama:llama3.2:3b`)
  return { kind: 'ollama', name }
}

const OLLAMA_PART = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,79})?$/

function fileSource(rest: string): FileSource {
  if (rest === '') throw invalid('file: needs a path, such as file:model.gguf')
  if (!rest.startsWith('//')) return { kind: 'file', path: rest }
  return { kind: 'file', path: pathOfUrl(`file:${rest}`) }
}

function pathOfUrl(text: string): string {
  const url = urlOf(text)
  const here = url !== undefined && (url.host === '' || url.host === 'localhost')
  if (!here) throw invalid('file: an address of a file on this machine is written file:///PATH')
  // `%2e%2e` and `%00` are decoded here and nowhere later.
  const path = decoded(url.pathname)
  if (path === undefined || hasControls(path)) throw invalid('file: the address holds a broken % sequence')
  return path
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // Only a malformed % sequence throws; the caller says so.
    return undefined
  }
}

function webSource(text: string): HttpsSource {
  const url = urlOf(text)
  if (url === undefined) throw invalid('the address of the source cannot be read; expected https://HOST/PATH')
  if (url.username !== '' || url.password !== '') throw invalid(CREDENTIALS)
  if (secretParameter(url) !== undefined) throw invalid(CREDENTIALS)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw invalid('an http: address is read only on this machine (127.0.0.1, ::1, localhost); use https:')
  url.hash = ''
  return { kind: 'https', url: url.href }
}

const CREDENTIALS =
  'the address holds a password or a token; leave it out and name the variable that holds it: --token-env VARIABLE'

/** Names that hubs and storage services give to what opens a door. The value is never looked at. */
function secretParameter(url: URL): string | undefined {
  return [...url.searchParams.keys()].find((name) =>
    /^(?:(?:access|auth|api)?[-_]?(?:token|key|secret|password|signature)|sig|x-amz-(?:signature|credential|security-token))$/i.test(
      name,
    ),
  )
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** `C:\models\x.gguf` has a letter and a colon in front too; anything else is a scheme that we do not read. */
function otherSource(text: string, scheme: string): FileSource {
  if (scheme.length === 1 && /^[a-z]:[\\/]/i.test(text)) return { kind: 'file', path: text }
  throw invalid(`a source is ${FORMS}; ${shown(`${scheme}:`)} is none of these`)
}

function hasControls(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- a file name with a line break in it forges lines of a log
  return /[\u0000-\u001f\u007f]/.test(text)
}

function shown(text: string): string {
  return `"${text.slice(0, 60)}"`
}
