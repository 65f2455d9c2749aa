import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { anonymous, type KeyPrincipal, type Principal, type Role } from '../../core/principal.ts'
import type { Accounts } from '../../store/accounts/accounts.ts'
import type { Access, Entrance, Route } from '../route-table.ts'
import { credentialOf, refuseKeyInUrl } from './credential.ts'
import { refuse } from './refuse.ts'

/** Step 1 of every request, before a byte of its body is read: who asks, and whether the route lets them in. */
export type Door = {
  readonly guard: (route: Route) => Entrance
  readonly state: () => DoorState
}

/** `open-to-this-machine`: no key has been made, and only this machine can reach the address. */
export type DoorState = 'open-to-this-machine' | 'keys'

export type DoorParts = {
  readonly accounts: Pick<Accounts, 'hasKeys' | 'authenticate' | 'onChanged' | 'onRevoked'>
  readonly clock: Pick<Clock, 'now'>
  /** Of a gateway that a command starts for itself: who knows it is let in, and nobody else, keys or not. */
  readonly password?: string
}

export function openDoor({ accounts, clock, password }: DoorParts): Door {
  // Asked again when something changed and not for every request. A key is never deleted, so it stays true.
  let anyKey = accounts.hasKeys()
  accounts.onChanged(() => (anyKey ||= accounts.hasKeys()))
  const byKey = byKeys({ accounts, clock })
  // The address was checked at the start: without keys, only this machine reaches it.
  const byKeyIfAny: Admit = (request, access) => (anyKey ? byKey(request, access) : anonymous)
  const admit = password === undefined ? byKeyIfAny : byPassword(password)
  const endWhenRevoked = ({ id }: KeyPrincipal, response: ServerResponse): void => {
    const stopListening = accounts.onRevoked((revoked) => {
      if (revoked === id) response.end()
    })
    response.once('close', stopListening)
  }
  return {
    state: () => (password === undefined && !anyKey ? 'open-to-this-machine' : 'keys'),
    guard: (route) => (request, response, place) => {
      const enter = (principal: Principal): void | Promise<void> => {
        if (route.openEnded === true && principal.kind === 'key') endWhenRevoked(principal, response)
        return route.handler(request, response, { ...place, principal })
      }
      let admitted: Principal | Promise<Principal>
      try {
        refuseKeyInUrl(request.url ?? '')
        admitted = route.access === 'open' ? anonymous : admit(request, route.access)
      } catch (error) {
        refuse(route, request, response, error)
        return undefined
      }
      if (!(admitted instanceof Promise)) return enter(admitted)
      // Only the first request of a key waits. Its client may have left meanwhile, and nothing would tell the handler.
      return admitted.then(
        (principal) => (response.destroyed ? undefined : enter(principal)),
        (error: unknown) => refuse(route, request, response, error),
      )
    },
  }
}

type Admit = (request: IncomingMessage, access: Role) => Principal | Promise<Principal>

function byKeys({ accounts, clock }: Pick<DoorParts, 'accounts' | 'clock'>): Admit {
  return (request, access) => {
    const secret = credentialOf(request.headers)
    if (secret === undefined) throw missing()
    const known = accounts.authenticate(secret, clock.now())
    return known instanceof Promise
      ? known.then((principal) => allowed(principal, access))
      : allowed(known, access)
  }
}

function byPassword(password: string): Admit {
  const wanted = digestOf(password)
  return (request) => {
    const given = credentialOf(request.headers)
    if (given === undefined) throw missing()
    if (timingSafeEqual(digestOf(given), wanted)) return anonymous
    throw new MusivumError('auth.key_unknown', 'This gateway works for the command that started it.')
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function missing(): MusivumError {
  return new MusivumError(
    'auth.missing',
    'This gateway asks for a key: send it as the header "Authorization: Bearer …" (or x-api-key, api-key, x-goog-api-key).',
  )
}

const RANK: Readonly<Record<Role, number>> = { member: 1, auditor: 2, admin: 3 }

function allowed(principal: KeyPrincipal, access: Exclude<Access, 'open'>): Principal {
  if (RANK[principal.role] >= RANK[access]) return principal
  throw new MusivumError(
    'auth.forbidden',
    `The key ${principal.id} has the role ${principal.role}; this needs ${access}.`,
    { needs: access, has: principal.role },
  )
}
