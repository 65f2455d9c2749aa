/**
 * An id of another vendor's tool call in the letters Anthropic takes (`^[a-zA-Z0-9_-]+$`): Kimi's `functions.weather:0`
 * would be refused. Call and result get the same one, as it only depends on the id.
 */
export function toolUseId(id: string): string {
  if (/^[\w-]+$/.test(id)) return id
  return `toolu_${id.replaceAll(/[^a-zA-Z0-9-]/gu, (letter) => `_${letter.codePointAt(0)?.toString(16) ?? ''}_`)}`
}
