/** A preference of this browser. Private windows may refuse storage: then it lasts as long as the page. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Refused or full: the choice still holds for this page, and there is nothing a person could do about it here.
  }
}
