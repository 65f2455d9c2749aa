import { invalid } from '../../core/errors.ts'
import { splitName, splitOf } from '../file-roles.ts'
import type { RemoteFile, RemoteOptions, Resolved } from '../remote-types.ts'
import type { HfSource, HttpsSource } from '../source.ts'
import { chooseFiles, roleOfWeights, type ChosenFile } from './choose-files.ts'
import { listFiles, readRepository, type HubCall, type Repository } from './hub-api.ts'
import { probe, type Probe } from './probe.ts'
import { openRemote, type RemoteHttp } from './remote-http.ts'
import type { Subject } from './remote-failure.ts'
import type { Patience } from './with-patience.ts'

/** Beside what callers set: how it waits, given by tests. */
export type RemoteTuning = Pick<Patience, 'draw' | 'firstPauseMs'>

/**
 * What a source is made of, with a moving revision pinned to its commit. Only addresses and numbers are read: no byte
 * of a file but one, to see that it may be had.
 *
 * @throws MusivumError `request.invalid`, `model.not_found`, `upstream.*`: one line with the next step
 */
export async function resolveSource(
  source: HfSource | HttpsSource,
  options: RemoteOptions & RemoteTuning,
): Promise<Resolved> {
  const http = openRemote(options, source.kind === 'https' ? source.url : undefined)
  try {
    return source.kind === 'hf'
      ? await resolveRepository(source, http, options)
      : await resolveAddress(source, http, options)
  } finally {
    await http.close()
  }
}

async function resolveRepository(source: HfSource, http: RemoteHttp, patience: Patience): Promise<Resolved> {
  const { owner, repo, quant, revision = 'main' } = source
  const asked = hubCall(http, patience, `${owner}/${repo}`, revision)
  const repository = await readRepository(asked, { owner, repo }, revision)
  const { id, commit, gated, licence, baseModels } = repository
  if (id.toLowerCase() !== `${owner}/${repo}`.toLowerCase())
    patience.log(`hf:${owner}/${repo} is now called hf:${id}`)
  const call = hubCall(http, patience, id, revision)
  const chosen = chooseFiles(await listFiles(call, repository), quant, `hf:${id}`)
  const files = chosen.map((file) => remoteFile(file, repository, http.endpoint))
  if (gated) await checkAccess(files, call)
  const suffix = quant === undefined ? '' : `:${quant}`
  return { source: `hf:${id}${suffix}@${commit}`, revision: commit, files, licence, baseModels, gated }
}

function hubCall(http: RemoteHttp, patience: Patience, id: string, revision: string): HubCall {
  const subject = {
    name: `hf:${id}`,
    host: new URL(http.endpoint).host,
    page: `${http.endpoint}/${id}`,
    revision,
    hasToken: http.hasToken(http.endpoint),
  }
  return { http, subject, patience }
}

function remoteFile(file: ChosenFile, { id, commit }: Repository, endpoint: string): RemoteFile {
  const { path, bytes, sha256, role } = file
  return { name: path, url: `${endpoint}/${id}/resolve/${commit}/${encodedPath(path)}`, bytes, sha256, role }
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** The list of a gated repository is public, its files are not: said now, not after the licence was read and accepted. */
async function checkAccess(
  files: readonly RemoteFile[],
  { http, subject, patience }: HubCall,
): Promise<void> {
  const [first] = files
  if (first !== undefined) await probe(http, first.url, subject, patience)
}

async function resolveAddress({ url }: HttpsSource, http: RemoteHttp, patience: Patience): Promise<Resolved> {
  const at = new URL(url)
  const name = fileNameOf(at, http.endpoint)
  const files: RemoteFile[] = []
  let commit: string | null = null
  for (const part of partsOf(at, name)) {
    const address = pinned(part.url, commit)
    const found = await probe(http, address, addressSubject(part.url, part.name, http), patience)
    commit ??= found.commit
    files.push(fileAt(part.name, pinned(part.url, commit), found))
  }
  return { source: pinned(at, commit), revision: commit, files, licence: null, baseModels: [], gated: false }
}

function fileAt(name: string, url: string, { bytes, sha256 }: Probe): RemoteFile {
  const role = name.endsWith('.safetensors') ? 'weights' : roleOfWeights(name.replace(/\.gguf$/i, ''))
  return { name, url, bytes, sha256, role }
}

function fileNameOf(url: URL, endpoint: string): string {
  const name = decodedName(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))
  if (!/^[^/\\\p{Cc}:]{1,200}\.(?:gguf|safetensors)$/iu.test(name))
    throw invalid('the address names no file of weights; expected one that ends in .gguf or .safetensors')
  if (url.href.startsWith(`${endpoint}/`) && /^\/[^/]+\/[^/]+\/blob\//.test(url.pathname))
    throw invalid(
      'the address is the page about the file; the file itself has /resolve/ in the place of /blob/',
    )
  return name
}

function decodedName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A malformed % sequence names no file either: the check that follows says what was expected.
    return ''
  }
}

/** `x-00001-of-00003.gguf` is of no use alone: the others have the same address with their own number. */
function partsOf(url: URL, name: string): readonly { readonly url: URL; readonly name: string }[] {
  const split = splitOf(name)
  if (split === undefined) return [{ url, name }]
  if (split.of > MAX_PARTS)
    throw invalid(`the address names one of ${split.of} parts; expected at most ${MAX_PARTS}`)
  return Array.from({ length: split.of }, (_, index) => {
    const part = new URL(url)
    const own = splitName(split, index + 1)
    part.pathname = url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1) + encodeURIComponent(own)
    return { url: part, name: own }
  })
}

/** The largest models in full precision are split into some two hundred. Each is asked for one byte. */
const MAX_PARTS = 999

/** On a hub, `…/resolve/main/x.gguf` is another file tomorrow; the commit that answered is not. */
function pinned(url: URL, commit: string | null): string {
  if (commit === null) return url.href
  const fixed = new URL(url)
  fixed.pathname = url.pathname.replace(/(\/resolve\/)[^/]+\//, `$1${commit}/`)
  return fixed.href
}

function addressSubject(url: URL, name: string, http: RemoteHttp): Subject {
  return { name, host: url.host, hasToken: http.hasToken(url.href) }
}
