/** A sentence with the names of models marked, because on a page a name brings its own direction of writing. */
export type Words = readonly (string | Name)[]
export type Name = { readonly name: string }

export function nameOf(name: string): Name {
  return { name }
}

/** `a`, `a and b`, `a, b and c` */
export function listed(names: readonly string[]): Words {
  return names.flatMap((name, place) => [separator(place, names.length), nameOf(name)]).slice(1)
}

function separator(place: number, count: number): string {
  return place === count - 1 ? ' and ' : ', '
}

export function plain(words: Words): string {
  return words.map((word) => (typeof word === 'string' ? word : word.name)).join('')
}
