import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { freePorts } from './free-ports.ts'
import { withChildren } from './process-cost.ts'
import { untilAnswers } from './until-answers.ts'

export type Nginx = AsyncDisposable & {
  readonly urls: readonly string[]
  readonly pids: () => readonly number[]
}

/**
 * nginx as the reference: one worker, connections to the upstream kept, nothing buffered, nothing logged. Undefined
 * when the machine has none. Each upstream port gets a port of its own.
 */
export async function startNginx(
  folder: string,
  upstreamPorts: readonly number[],
): Promise<Nginx | undefined> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined
  const ports = await freePorts(upstreamPorts.length)
  const file = join(folder, 'nginx.conf')
  const servers = ports.map((port, index) => server(index, port, upstreamPorts[index] ?? 0))
  writeFileSync(file, configuration(folder, servers))
  const child = await startChild('nginx', ['-c', file, '-p', folder, '-e', join(folder, 'error.log')], {
    stdio: 'ignore',
  })
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  await Promise.all(urls.map((url) => untilAnswers('nginx', url, START_WITHIN_MS)))
  return { urls, pids: () => withChildren(child.pid), [Symbol.asyncDispose]: child.stop }
}

const START_WITHIN_MS = 5_000

function configuration(folder: string, servers: readonly string[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  )
  return `
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${temporary.join('\n  ')}
  ${servers.join('\n  ')}
}
`
}

function server(index: number, port: number, upstreamPort: number): string {
  return `
  upstream upstream_${index} { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://upstream_${index};
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_buffering off;
    }
  }`
}
