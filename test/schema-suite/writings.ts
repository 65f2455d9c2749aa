import { isJsonArray, isJsonObject, type Json } from '../../src/core/json.ts'

/** Orders of the keys of one value: five keys have 120. */
const MAX_WRITINGS = 240

/** A value as JSON, its keys in every order, since our grammars fix one: whichever it is, it is among these. */
export function writingsOf(value: Json): readonly string[] {
  if (isJsonArray(value)) return joined(value.map(writingsOf)).map((items) => `[${items.join()}]`)
  if (!isJsonObject(value)) return [JSON.stringify(value)]
  const entries = Object.entries(value)
  return orders(entries)
    .flatMap((order) =>
      joined(order.map(([key, each]) => writingsOf(each).map((text) => `${JSON.stringify(key)}:${text}`))),
    )
    .slice(0, MAX_WRITINGS)
    .map((members) => `{${members.join()}}`)
}

function joined(options: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return options.reduce<readonly (readonly string[])[]>(
    (begun, next) => begun.flatMap((head) => next.map((tail) => [...head, tail])).slice(0, MAX_WRITINGS),
    [[]],
  )
}

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2 || items.length > 5) return [items]
  return items.flatMap((first, index) => orders(items.toSpliced(index, 1)).map((rest) => [first, ...rest]))
}
