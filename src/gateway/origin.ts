import type { IncomingMessage } from 'node:http'
import { MusivumError } from '../core/errors.ts'

/**
 * Keeps web pages of strangers away from a gateway on someone's own machine. A page can make a browser send requests
 * to loopback (Origin tells), and can point a name of its own at 127.0.0.1 so that the browser takes the reply for its
 * own site's (Host tells).
 */
export function checkOrigin(request: IncomingMessage, loopbackOnly: boolean): void {
  const { host, origin } = request.headers
  if (loopbackOnly && (host === undefined || !isLoopbackName(hostName(host)))) {
    throw new MusivumError(
      'request.forbidden_host',
      'The Host header names another machine; use http://127.0.0.1 or http://localhost, or start with --host.',
    )
  }
  if (origin !== undefined && !isSameHost(origin, host)) {
    throw new MusivumError(
      'request.forbidden_host',
      'The request comes from a web page of another site; call the gateway from a server, or from its own console.',
    )
  }
}

function isSameHost(origin: string, host: string | undefined): boolean {
  const parsed = URL.parse(origin)
  return parsed !== null && host !== undefined && parsed.host === host.toLowerCase()
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host)
  return bracketed?.[1] ?? host.replace(/:\d+$/, '')
}

/** `localhost`, 127.0.0.0/8 and ::1: addresses that no other machine can reach. */
export function isLoopbackName(name: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(name)
}
