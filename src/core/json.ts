/** Anything JSON can say. Used where we carry a client's or vendor's fields through without reading them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `Array.isArray` that keeps what it narrows typed: the standard one makes `any[]` of a readonly array. */
export function isJsonArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}
