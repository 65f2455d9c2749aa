/**
 * What this browser remembers: a preference for good (`local`), or what ends with the tab (`session`). Private windows may
 * refuse storage: then it lasts as long as the page.
 */
type Kind = 'local' | 'session'

export function readStored(key: string, kind: Kind = 'local'): string | null {
  try {
    return storage(kind).getItem(key)
  } catch {
    return null
  }
}

export function writeStored(key: string, value: string, kind: Kind = 'local'): void {
  try {
    storage(kind).setItem(key, value)
  } catch {
    // Refused or full: the choice still holds for this page, and there is nothing a person could do about it here.
  }
}

export function removeStored(key: string, kind: Kind = 'local'): void {
  try {
    storage(kind).removeItem(key)
  } catch {
    // What storage refused to keep is not there to be removed either.
  }
}

function storage(kind: Kind): Storage {
  return kind === 'local' ? localStorage : sessionStorage
}
