import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Makes docs/images/terminal.svg: runs the README's commands for real, once each, and draws what they said, line by line
 * at the times they said it. Nothing in the picture is typed by hand but the commands.
 *
 *     node scripts/record-terminal.ts
 */
const root = fileURLToPath(new URL('../', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'musivum-recording-'))

const TYPING_MS_PER_CHARACTER = 18
const PAUSE_MS = 900

const WIDTH = 920
const LINE_HEIGHT = 19
const PADDING = 20
const BAR = 30
const COLUMNS = 112

type Line = { readonly atMs: number; readonly text: string; readonly kind: 'command' | 'out' | 'err' }

const lines: Line[] = []
let clockMs = 0

const server = await startServer('npm start')
let wanted: readonly Line[] = []
try {
  await run(
    `curl -s http://127.0.0.1:4000/v1/chat/completions -H 'content-type: application/json' -d '{"model":"starter-l","messages":[{"role":"user","content":"Triage: where do I go for a urine test?"}]}' | grep -o '"content":"[^"]*"'`,
  )
  await run(`npm run -s musivum -- ask --model starter-s1 'Language: कृपया जांच की रसीद भेज दें'`)
  wanted = [...lines]
} finally {
  const gone = once(server, 'close')
  process.kill(-(server.pid ?? 0), 'SIGINT')
  await gone
  rmSync(home, { recursive: true, force: true })
}
writeFileSync(join(root, 'docs/images/terminal.svg'), drawing())

function say(text: string, kind: Line['kind'], atMs: number): void {
  for (const line of text.replace(/\n$/, '').split('\n')) lines.push({ atMs, text: line, kind })
}

function typed(command: string): void {
  clockMs += PAUSE_MS
  if (lines.length > 0) say('', 'out', clockMs)
  say(`$ ${command}`, 'command', clockMs)
  clockMs += command.length * TYPING_MS_PER_CHARACTER
}

function listen(child: ChildProcess): void {
  const startedMs = performance.now()
  const at = (): number => clockMs + (performance.now() - startedMs)
  child.stdout?.on('data', (data: Buffer) => say(data.toString(), 'out', at()))
  child.stderr?.on('data', (data: Buffer) => say(data.toString(), 'err', at()))
}

function start(command: string): ChildProcess {
  const env = { ...process.env, MUSIVUM_HOME: home, NO_COLOR: '1', COLUMNS: '110' }
  const child = spawn('bash', ['-c', command], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C reaches npm and what npm started, as in a terminal.
    detached: true,
  })
  listen(child)
  return child
}

async function startServer(command: string): Promise<ChildProcess> {
  typed(command)
  const startedMs = performance.now()
  const child = start(command)
  const said = (): boolean => lines.some((line) => line.text.includes('console'))
  while (!said() && child.exitCode === null) await once(child.stdout ?? child, 'data')
  clockMs += performance.now() - startedMs
  return child
}

async function run(command: string): Promise<void> {
  typed(command)
  const startedMs = performance.now()
  await once(start(command), 'close')
  clockMs += performance.now() - startedMs
}

/** The lines as a picture that plays once and stays; a reader who asks for less motion gets it whole at once. */
function drawing(): string {
  const wrapped = wanted.flatMap((line) => wrap(line.text).map((text) => ({ ...line, text })))
  const height = wrapped.length * LINE_HEIGHT + 2 * PADDING + BAR
  const rows = wrapped.map(({ text, kind, atMs }, index) => {
    const y = BAR + PADDING + (index + 1) * LINE_HEIGHT - 5
    const delay = (atMs / 1000).toFixed(2)
    return `<text x="${PADDING}" y="${y}" class="${kind}" style="animation-delay:${delay}s">${escape(text)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="A terminal: npm start, a curl line, one question to a starter model">
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#d6d9e0;opacity:0;animation:show .01s forwards}
.command{fill:#fff;font-weight:600}.err{fill:#8b93a3}
@keyframes show{to{opacity:1}}
@media (prefers-reduced-motion:reduce){text{opacity:1;animation:none}}
</style>
<rect width="${WIDTH}" height="${height}" rx="10" fill="#10131a"/>
<circle cx="22" cy="18" r="6" fill="#3b4252"/><circle cx="42" cy="18" r="6" fill="#3b4252"/><circle cx="62" cy="18" r="6" fill="#3b4252"/>
${rows.join('\n')}
</svg>
`
}

function wrap(text: string): readonly string[] {
  if (text.length <= COLUMNS) return [text]
  return [text.slice(0, COLUMNS), ...wrap(`    ${text.slice(COLUMNS)}`)]
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
