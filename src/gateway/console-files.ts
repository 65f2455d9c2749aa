import { readFileSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { extname, join, relative, sep } from 'node:path'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'
import type { Handler } from './route-table.ts'

/**
 * The console's built files, read once into memory: about a megabyte, most of it fonts, and no path of a request ever
 * reaches the file system. Unknown paths without an extension are the console's own routes and get index.html.
 */
export function consoleFiles(directory: string): Handler {
  const files = readFiles(directory)
  const index = files.get('/index.html')
  return (request, response, { path }) => {
    const wanted = path['file'] ?? '/'
    const file = files.get(wanted) ?? (extname(wanted) === '' ? index : undefined)
    if (file !== undefined) send(request, response, file)
    else if (index === undefined && extname(wanted) === '') sendNotBuilt(response)
    else throw new MusivumError('request.not_found', 'The console has no such file.')
  }
}

type ConsoleFile = {
  readonly plain: Buffer
  readonly gzip: Buffer | undefined
  readonly brotli: Buffer | undefined
  readonly type: string
  readonly cache: string
  readonly etag: string
}

function readFiles(directory: string): ReadonlyMap<string, ConsoleFile> {
  const names = listFiles(directory)
  const known = new Set(names)
  const files = new Map<string, ConsoleFile>()
  for (const name of names) {
    const type = CONTENT_TYPES[extname(name)]
    if (type === undefined) continue
    const read = (suffix: string): Buffer | undefined =>
      known.has(name + suffix) ? readFileSync(join(directory, name + suffix)) : undefined
    const plain = readFileSync(join(directory, name))
    files.set(`/${name.split(sep).join('/')}`, {
      plain,
      gzip: read('.gz'),
      brotli: read('.br'),
      type,
      // Vite puts a hash of the content into every name under assets/; the rest may change with the next version.
      cache: name.startsWith('assets') ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`,
    })
  }
  return files
}

function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
  } catch {
    // A checkout whose console was not built: the gateway works without it, and `sendNotBuilt` says how to get it.
    return []
  }
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

function send(request: IncomingMessage, response: ServerResponse, file: ConsoleFile): void {
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': file.type,
    'cache-control': file.cache,
    etag: file.etag,
    vary: 'accept-encoding',
  }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const [body, encoding] = chooseEncoding(file, accepted)
  response.writeHead(200, {
    ...headers,
    'content-length': body.length,
    ...(encoding === null ? {} : { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function chooseEncoding(file: ConsoleFile, accepted: string): readonly [Buffer, string | null] {
  if (file.brotli !== undefined && /\bbr\b/.test(accepted)) return [file.brotli, 'br']
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted)) return [file.gzip, 'gzip']
  return [file.plain, null]
}

function sendNotBuilt(response: ServerResponse): void {
  response.writeHead(503, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    'The console is not built. In a checkout: npm run build -w console. The API works without it.\n',
  )
}
