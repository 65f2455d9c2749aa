import { readFileSync } from 'node:fs'
import { openFiles } from './process-cost.ts'

/** The sockets of a process by what they are for. */
type OpenSockets = {
  /** Connections to our own port. */
  readonly fromClients: number
  readonly toModels: number
  /** Other connections over TCP, and ports that are listened on. */
  readonly otherTcp: number
  /** Not TCP: each child process talks to its parent over a few. */
  readonly toChildren: number
}

type KnownPorts = { readonly own: number; readonly models: number }

/** From /proc: Linux only. */
export function socketsOf(pid: number, { own, models }: KnownPorts): OpenSockets {
  const connections = connectionsOf(pid)
  const sums = { fromClients: 0, toModels: 0, otherTcp: 0, toChildren: 0 }
  for (const inode of inodesOf(pid)) {
    const connection = connections.get(inode)
    if (connection === undefined) sums.toChildren += 1
    else if (connection.remotePort === models) sums.toModels += 1
    else if (connection.localPort === own && connection.remotePort !== 0) sums.fromClients += 1
    else sums.otherTcp += 1
  }
  return sums
}

export function tcpSockets({ fromClients, toModels, otherTcp }: OpenSockets): number {
  return fromClients + toModels + otherTcp
}

function inodesOf(pid: number): readonly string[] {
  return openFiles(pid).flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
}

type Connection = { readonly localPort: number; readonly remotePort: number }

/** A line: number, local address, remote address, state, queues, timers, retransmits, user, timeout, inode. Ports are hexadecimal. */
function connectionsOf(pid: number): ReadonlyMap<string, Connection> {
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  )
  return new Map(
    lines.map((line) => {
      const [, local = '', remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/)
      return [inode, { localPort: portOf(local), remotePort: portOf(remote) }]
    }),
  )
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
}
