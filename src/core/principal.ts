/** Who asks. Keys and teams come with their own layer; until then everyone on the listening address is `anonymous`. */
export type Principal =
  { readonly kind: 'anonymous' } | { readonly kind: 'key'; readonly id: string; readonly team?: string }

export const anonymous: Principal = { kind: 'anonymous' }
