import { posix } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cycleIn, edgesOf, type Edge } from './architecture/import-graph.ts'
import { importsOf } from './architecture/imports.ts'
import { tokensOf, type Token } from './architecture/tokens.ts'
import { contentOf, sourceOf, trackedFiles } from './architecture/tracked-files.ts'

/** Top to bottom: a folder imports itself and folders above it, nothing below. */
const LAYERS = [
  'core',
  'wire',
  'catalog',
  'privacy',
  'policy',
  'guards',
  'evidence',
  'routing',
  'retrieval',
  'store',
  'audit',
  'weights',
  'engines',
  'combine',
  'evaluation',
  'improve',
  'gateway',
  'cli',
]

/** No clock, no dice, no files, no network: one seed replays a decision a year later. */
const PURE = new Set('core wire catalog privacy policy guards evidence routing retrieval'.split(' '))

const files = trackedFiles()
const typescript = files.filter((path) => /\.(ts|tsx|mts|mjs)$/.test(path) && !path.startsWith('models/'))
const inSrc = typescript.filter((path) => path.startsWith('src/'))
const edges = edgesOf(typescript)
const edgesInSrc = edges.filter((edge) => edge.importer.startsWith('src/') && edge.target.startsWith('src/'))

test('the walk found the source and its imports, so the rules below speak about something', () => {
  expect(inSrc.length).toBeGreaterThan(MIN_FILES)
  expect(edgesInSrc.length).toBeGreaterThan(MIN_EDGES)
  expect(typescript.filter((path) => path.startsWith('console/')).length).toBeGreaterThan(10)
  const missing = edges.filter((edge) => !files.includes(edge.target) && !isGenerated(edge.target))
  expect(missing.map(show)).toEqual([])
})

// About half of what the first version has: far from an empty walk, and no count to keep up to date.
const MIN_FILES = 50
const MIN_EDGES = 100

/** Compiled catalogues of the console, made by its build. */
function isGenerated(path: string): boolean {
  return path.startsWith('console/src/locales/') || /(^|\/)dist\//.test(path)
}

describe('layers', () => {
  test('every folder of src/ is a layer', () => {
    const unknown = inSrc.filter((path) => !LAYERS.includes(layerOf(path)) && path !== 'src/index.ts')
    expect(unknown).toEqual([])
  })

  test('no folder imports one below it', () => {
    expect(edgesInSrc.filter(goesDown).map(show)).toEqual([])
  })

  test('src/ imports nothing outside of src/ but packages', () => {
    const out = edges.filter(
      (edge) => edge.importer.startsWith('src/') && !edge.target.startsWith('src/') && !isTest(edge.importer),
    )
    expect(out.map(show)).toEqual([])
  })

  test('no file imports itself through others', () => {
    expect(cycleIn(edges)).toBeUndefined()
  })

  test('the console takes types from src/ and nothing else', () => {
    const values = edges.filter(
      (edge) =>
        edge.importer.startsWith('console/') &&
        edge.target.startsWith('src/') &&
        edge.found.kind !== 'type' &&
        !isTest(edge.importer),
    )
    expect(values.map(show)).toEqual([])
  })
})

/** The library's front door is above every layer. */
function layerOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function goesDown(edge: Edge): boolean {
  if (edge.importer === 'src/index.ts') return false
  return LAYERS.indexOf(layerOf(edge.importer)) < LAYERS.indexOf(layerOf(edge.target))
}

describe('pure folders', () => {
  const pure = inSrc.filter((path) => PURE.has(layerOf(path)) && !isTest(path))

  test('they import no node: module but the hash functions and assert', () => {
    const impure = pure.flatMap((path) =>
      importsOf(sourceOf(path))
        .filter(({ from, names }) => from?.startsWith('node:') === true && !isAllowed(from, names))
        .map(({ from, line }) => `${path}:${line} imports ${from}`),
    )
    expect(impure).toEqual([])
  })

  test('they read no clock, throw no dice, wait for nothing and reach for nothing outside', () => {
    expect(pure.flatMap((path) => findAll(path, worldTouched))).toEqual([])
  })

  test('the check itself sees each of them, and not their look-alikes', () => {
    const impure =
      'Date.now(); new Date(); Math.random(); performance.now(); process.env; fetch(x); setTimeout(f)'
    expect(impure.split('; ').filter((code) => found(code, worldTouched) === 0)).toEqual([])
    const innocent =
      "new Date(0); Date.parse(t); clock.now(); const a = { process: 1 }; b.fetch(); 'Date.now()' // fetch()"
    expect(found(innocent, worldTouched)).toBe(0)
  })
})

const HASHES = ['createHash', 'createHmac', 'hash', 'timingSafeEqual', 'type', 'Hash']

function isAllowed(module: string, names: readonly string[]): boolean {
  if (module === 'node:assert' || module === 'node:assert/strict') return true
  return module === 'node:crypto' && names.length > 0 && names.every((name) => HASHES.includes(name))
}

const GLOBALS = new Set(
  'process fetch setTimeout setInterval setImmediate performance crypto WebSocket XMLHttpRequest'.split(' '),
)

function worldTouched(tokens: readonly Token[], index: number): string | undefined {
  const [before, name, first, second] = [-1, 0, 1, 2].map((offset) => tokens[index + offset]?.text ?? '')
  if (tokens[index]?.kind !== 'word' || before === '.' || before === '?.') return undefined
  if (GLOBALS.has(name ?? '') && first !== ':') return name
  if (name === 'Math' && second === 'random') return 'Math.random'
  if (name === 'Date' && second === 'now') return 'Date.now'
  if (name === 'Date' && first === '(' && second === ')') return 'new Date()'
  return undefined
}

describe('every file', () => {
  const locks = files.filter((path) => path.endsWith('package-lock.json'))

  test('no type is any, and no error of the compiler is silenced', () => {
    const code = typescript.filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
    expect(code.flatMap((path) => [...findAll(path, anyType), ...findAll(path, silencer)])).toEqual([])
  })

  test('the check for any sees a type and not a method or a key', () => {
    const types = [
      'let a: any',
      'f<any>()',
      'x as any',
      'type T = any',
      'type T = any[]',
      '(a: string | any) => 1',
      'type T = readonly any[]',
      'class A<T extends any> {}',
    ]
    expect(types.filter((code) => found(code, anyType) === 0)).toEqual([])
    expect(found('Promise.any(x); const a = { any: 1 }; "any" // any', anyType)).toBe(0)
    expect(
      found('<p>Nobody is told any more, at any pace: a minute is any sixty seconds.</p>', anyType),
    ).toBe(0)
  })

  test('nothing is exported as default, so every name is the same everywhere', () => {
    const config = /(^|\/)(vitest|vite|lingui|knip)\.config\.ts$/
    expect(
      typescript.filter((path) => !config.test(path)).flatMap((path) => findAll(path, defaultExport)),
    ).toEqual([])
  })

  test('no file is a drawer for odds and ends', () => {
    expect(files.filter((path) => /(^|\/)(utils?|helpers?|misc|common)\.[a-z]+$/.test(path))).toEqual([])
  })

  test('no text names a path of somebody’s machine or the host of a registry', () => {
    const named = files.filter(isText).flatMap((path) =>
      sourceOf(path)
        .split('\n')
        .flatMap((line, index) => {
          const place = line.match(MACHINE_PATH)?.[0] ?? line.match(REGISTRY)?.[0]
          return place === undefined ? [] : [`${path}:${index + 1} ${place}`]
        }),
    )
    expect(named).toEqual([])
  })

  test('that check sees a path and a host', () => {
    expect(MACHINE_PATH.test(`"/${'home'}/jo/models"`) && MACHINE_PATH.test(`at /${'root'}/x.ts`)).toBe(true)
    expect(REGISTRY.test(`https://registry.${'npmjs'}.org/kysely`)).toBe(true)
    expect(MACHINE_PATH.test('src/root/x, https://a.example/home/') || REGISTRY.test('the registry')).toBe(
      false,
    )
  })

  test('lock files carry no download address, so that any registry serves them', () => {
    expect(locks.length).toBeGreaterThan(1)
    expect(locks.filter((path) => /"resolved": "[a-z+]+:/.test(sourceOf(path)))).toEqual([])
  })

  test('lock files say the same as the package.json files beside them, or npm ci refuses them', () => {
    const differing = locks.flatMap((path) =>
      [...packagesOf(path)]
        .filter(([folder, locked]) => !folder.includes('node_modules') && !isLocked(path, folder, locked))
        .map(([folder]) => `${path}: ${folder === '' ? 'the root' : folder}`),
    )
    expect(differing).toEqual([])
  })

  test('lock files list the packages of every platform, or npm ci refuses them on all of them', () => {
    const missing = locks.flatMap((path) => {
      const packages = packagesOf(path)
      const wanted = [...packages.values()].flatMap((locked) =>
        Object.keys(locked.optionalDependencies ?? {}),
      )
      const listed = [...packages.keys()]
      return wanted.filter((name) => !listed.some((folder) => folder.endsWith(`node_modules/${name}`)))
    })
    expect(missing).toEqual([])
  })

  test('no file is larger than 6 MB, the largest starter model and a little', () => {
    expect(files.filter((path) => contentOf(path).length > 6_000_000)).toEqual([])
  })
})

const MACHINE_PATH = /(?<![\w.~\-/:}])\/(?:root|work|home\/(?!you\b)\w+|Users\/(?!you\b)\w+)\/[\w.]/
const REGISTRY = /\b(?:registry|npm|pypi)\.[\w.-]+\.(?:org|com|net|io|dev)\b|\bartifactory\b|\bpypi\.org\b/

function anyType(tokens: readonly Token[], index: number): string | undefined {
  const [before, after] = [tokens[index - 1]?.text ?? '', tokens[index + 1]?.text ?? '']
  const isType = tokens[index]?.text === 'any' && tokens[index]?.kind === 'word'
  // Between the tags of a page stand sentences: what follows a word that takes no type is one of theirs.
  const [isAfterWord, isBeforeWord] = [-1, 1].map((offset) => tokens[index + offset]?.kind === 'word')
  const isProse = isAfterWord && (!TYPE_FOLLOWS.has(before) || (before === 'is' && isBeforeWord))
  const isName = before === '.' || before === '?.' || ['(', ':', '?'].includes(after)
  return isType && !isProse && !isName ? 'any' : undefined
}

const TYPE_FOLLOWS = new Set('as is extends keyof readonly satisfies infer typeof unique asserts'.split(' '))

function silencer(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index]
  return token?.kind === 'comment' ? token.text.match(/@ts-(?:ignore|nocheck)/)?.[0] : undefined
}

function defaultExport(tokens: readonly Token[], index: number): string | undefined {
  const [word, before] = [tokens[index], tokens[index - 1]]
  const isDefault = word?.kind === 'word' && word.text === 'default'
  return isDefault && (before?.text === 'export' || before?.text === 'as') ? 'a default export' : undefined
}

type Locked = {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function packagesOf(lock: string): Map<string, Locked> {
  const { packages } = JSON.parse(sourceOf(lock)) as { packages: Record<string, Locked> }
  return new Map(Object.entries(packages))
}

function isLocked(lock: string, folder: string, locked: Locked): boolean {
  const manifest = JSON.parse(sourceOf(posix.join(posix.dirname(lock), folder, 'package.json'))) as Locked
  const fields = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
  return fields.every((field) => isDeepStrictEqual(manifest[field] ?? {}, locked[field] ?? {}))
}

type Finder = (tokens: readonly Token[], index: number) => string | undefined

function findAll(path: string, finder: Finder): string[] {
  const tokens = tokensFor(finder, sourceOf(path))
  return tokens.flatMap((token, index) => {
    const what = finder(tokens, index)
    return what === undefined ? [] : [`${path}:${token.line} ${what}`]
  })
}

function found(code: string, finder: Finder): number {
  const tokens = tokensFor(finder, code)
  return tokens.filter((_, index) => finder(tokens, index) !== undefined).length
}

/** Comments would stand between two words that belong together; only the search for silencers wants them. */
function tokensFor(finder: Finder, code: string): Token[] {
  return tokensOf(code).filter((token) => finder === silencer || token.kind !== 'comment')
}

function isTest(path: string): boolean {
  return /\.(test|conformance)\.tsx?$/.test(path)
}

/** By its first bytes, as git does: text has no zero byte. */
function isText(path: string): boolean {
  return !contentOf(path).subarray(0, 8_000).includes(0)
}

function show(edge: Edge): string {
  return `${edge.importer}:${edge.found.line} imports ${edge.target}`
}
