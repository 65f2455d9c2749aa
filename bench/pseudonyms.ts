import { createHmac } from 'node:crypto'
import { pseudonyms } from '../src/privacy/pseudonyms/pseudonyms.ts'
import { createRestorer, MAX_HELD_CHARS } from '../src/privacy/pseudonyms/restorer.ts'
import { recognisers } from '../src/privacy/recognise/recognisers.ts'
import { countCuts, type CutCount } from './privacy/cuts.ts'
import { LOOK_ALIKES, MANGLINGS, type Mangling, type Stood } from './privacy/manglings.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'

const options = benchOptions(
  `What becomes of stand-ins that come back spoiled: how many are restored, by how they were spoiled, and how many that only look
like one are restored by mistake. And how often a text that comes in pieces is masked or restored other than as a whole.

  node bench/pseudonyms.ts [--quick] [--json] [--gate]`,
)

/** Of each kind of data this many values: with 104 kinds some 400 tokens of one scope, all of them live at once. */
const VALUES_PER_KIND = options.quick ? 1 : 4

const { stood, standIns } = scope('ours')
const strangers = scope('theirs').stood
const shares = new Map<string, { right: number; all: number }>()
let wrong = 0

for (const mangling of MANGLINGS) for (const each of stood) tryMangling(mangling, each)
const lookAlikes = countLookAlikes()
progress('cuts')
const cuts = countCuts(options.quick)
publish({ bench: 'Stand-ins', rows: [...mangledRows(), ...cutRows()], notes: notes() }, options)

/** Values as awkward as people's: quotes, dots, spaces, letters of other scripts. */
function scope(key: string) {
  const names = pseudonyms({ hmac: (text) => createHmac('sha256', key).update(text).digest() })
  const kinds = ['PERSON', 'LOCATION', 'ORGANIZATION', ...recognisers.map(({ entity }) => entity)]
  const all = kinds.flatMap((entity) =>
    Array.from({ length: VALUES_PER_KIND }, (_, index): Stood => {
      const value = `${index} "${entity.toLowerCase()}" आशा <${index}@example.org> & Co`
      return { token: names.mask(value, [{ entity, start: 0, end: value.length }]), value }
    }),
  )
  return { stood: all, standIns: names.replaced }
}

function restoredText(text: string, form?: 'json'): string {
  const restorer = createRestorer(standIns, form === undefined ? {} : { form })
  return restorer.push(text) + restorer.end()
}

function tryMangling({ group, name, mangle, restored = same, form }: Mangling, each: Stood): void {
  const share = shares.get(group) ?? { right: 0, all: 0 }
  shares.set(group, share)
  share.all += 1
  const mangled = mangle(each.token)
  const text = restoredText(`Dear (${mangled}), hello`, form)
  if (text === `Dear (${restored(each.value)}), hello`) share.right += 1
  else progress(`not restored: ${group}, ${name}: ${JSON.stringify(mangled)} became ${JSON.stringify(text)}`)
  // Another value than the one that was meant is worse than none.
  if (stood.some(({ token, value }) => token !== each.token && text.includes(value))) wrong += 1
}

function same(value: string): string {
  return value
}

function countLookAlikes(): number {
  let count = 0
  for (const { name, make } of LOOK_ALIKES)
    for (const [index, { token }] of stood.entries()) {
      const lookAlike = make(token, strangers[index]?.token ?? '')
      const text = `Dear (${lookAlike}), hello`
      count += 1
      if (restoredText(text) === text) continue
      wrong += 1
      progress(`restored by mistake: ${name}: ${JSON.stringify(lookAlike)}`)
    }
  return count
}

function mangledRows(): readonly Measured[] {
  const groups = [...shares].map(([group, { right, all }]) => ({
    what: `  ${group}`,
    unit: `share of ${all}`,
    measured: right / all,
  }))
  const sum = (of: 'right' | 'all') => [...shares.values()].reduce((total, share) => total + share[of], 0)
  return [
    {
      what: 'spoiled tokens restored',
      unit: `share of ${sum('all')}`,
      measured: sum('right') / sum('all'),
      least: 0.99,
    },
    ...groups,
    {
      what: 'restored by mistake',
      unit: `of ${sum('all') + lookAlikes}`,
      measured: wrong,
      bar: 0,
    },
    { what: '  look-alikes among them', unit: '', measured: lookAlikes },
  ]
}

function cutRows(): readonly Measured[] {
  const rows = cuts.map(({ what, tried, different }) => ({
    what: `  ${what}`,
    unit: `differ of ${tried}`,
    measured: different,
    bar: 0,
  }))
  const sum = (of: (each: CutCount) => number) => cuts.reduce((total, each) => total + of(each), 0)
  return [
    {
      what: 'cuts that change what comes out',
      unit: `of ${sum(({ tried }) => tried)}`,
      measured: sum(({ different }) => different),
      bar: 0,
    },
    ...rows,
    { what: 'values that left unmasked at any cut', unit: '', measured: sum(({ leaks }) => leaks), bar: 0 },
    {
      what: 'most that was held while restoring',
      unit: 'characters',
      measured: Math.max(...cuts.map(({ held }) => held)),
      bar: MAX_HELD_CHARS,
    },
  ]
}

function notes(): readonly string[] {
  return [
    `${stood.length} tokens of one scope are live at once; each is spoiled in ${MANGLINGS.length} ways and looked like in ${LOOK_ALIKES.length}.`,
    'Everything is counted: what a way cannot restore is printed on standard error.',
  ]
}
