/**
 * Places in UTF-16 units as places in Unicode code points. Asked in rising order; a text without characters beyond the
 * basic plane is found out in one step. Half a surrogate pair counts as one, as everywhere in JavaScript.
 */
export function codePointCounter(text: string): (place: number) => number {
  if (!WIDE.test(text)) return (place) => place
  let units = 0
  let points = 0
  return (place) => {
    if (place < units) units = points = 0
    while (units < place) {
      units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1
      points += 1
    }
    return points
  }
}

const WIDE = /[\ud800-\udbff][\udc00-\udfff]/
