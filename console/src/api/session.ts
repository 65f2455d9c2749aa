import { readStored, removeStored, writeStored } from '../shell/stored.ts'
import { ApiError, errorOfResponse } from './api-error.ts'

/** `refusal` is why the gateway does not let this tab in; null while it does, or nobody has asked it yet. */
export type Session = { readonly key: string | null; readonly refusal: ApiError | null }

/**
 * The key of this tab, as a person typed it. It is kept for the tab and nowhere else: closing it signs out, and no other
 * tab or program finds it.
 */
const STORED = 'musivum.key'
const watchers = new Set<() => void>()
let session: Session | undefined
let adopting = false

export function currentSession(): Session {
  session ??= { key: readStored(STORED, 'session'), refusal: null }
  return session
}

export function onSession(changed: () => void): () => void {
  watchers.add(changed)
  return () => {
    watchers.delete(changed)
  }
}

export function signIn(key: string): void {
  writeStored(STORED, key, 'session')
  become({ key, refusal: null })
}

/** A fresh page knows nothing of what was on this one: rows, prompts, the key. */
export function signOut(): void {
  removeStored(STORED, 'session')
  location.assign('/')
}

/**
 * Makes the first key of a gateway and signs in with it. From the moment it is made everything else this tab asks is
 * refused; without the pause a refusal could come first and take the page away that shows the only copy of the secret.
 */
export async function adoptFirst<Made extends { readonly secret: string }>(
  make: () => Promise<Made>,
): Promise<Made> {
  adopting = true
  try {
    const made = await make()
    signIn(made.secret)
    return made
  } finally {
    adopting = false
  }
}

export function headersFor(key: string | null): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` }
}

/** Notes that the gateway refused `key`. A refusal of a key that is not in use any more says nothing about this one. */
export async function noteRefusal(response: Response, key: string | null): Promise<void> {
  const error = await errorOfResponse(response)
  // A vendor that refuses the gateway is not the gateway that refuses us.
  if (adopting || error.code?.startsWith('auth.') !== true || key !== currentSession().key) return
  removeStored(STORED, 'session')
  become({ key: null, refusal: error })
}

function become(next: Session): void {
  session = next
  for (const changed of watchers) changed()
}
