import { expect, test } from 'vitest'
import { importsOf } from './imports.ts'

const targets = (source: string) => importsOf(source).map((found) => found.from)
const kinds = (source: string) => importsOf(source).map((found) => found.kind)

test('the forms of an import statement are all found', () => {
  const source = `
    import './side-effect.ts'
    import whole from "./whole.ts"
    import * as all from './all.ts'
    import whole2, { named } from './both.ts'
    import {
      one, // with a comment between
      two as three,
    } from './lines.ts'
    import json from './data.json' with { type: 'json' }`
  expect(targets(source)).toEqual([
    './side-effect.ts',
    './whole.ts',
    './all.ts',
    './both.ts',
    './lines.ts',
    './data.json',
  ])
  expect(importsOf(source)[4]).toMatchObject({ names: ['one', 'two', 'as', 'three'], line: 6 })
})

test('a re-export is an import, an export of what the file has is not', () => {
  expect(
    targets(`
      export { a } from './a.ts'
      export * from './b.ts'
      export * as c from './c.ts'
      export type { D } from './d.ts'
      export { local }
      export const from = './not.ts'
      export function f() { return 'x' }`),
  ).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts'])
})

test('what disappears at run time is told from what stays', () => {
  expect(
    kinds(`
      import type { A } from './a.ts'
      import type B from './b.ts'
      export type { C } from './c.ts'
      import { type D } from './d.ts'
      import type from './e.ts'`),
  ).toEqual(['type', 'type', 'type', 'static', 'static'])
})

test('dynamic imports are found wherever they stand, also inside a template', () => {
  expect(
    targets(
      "const a = await import('./a.ts'); const b = `${await import(`./b.ts`)} and ${`${import('./c.ts')}`}`; " +
        "type T = import('./d.ts').T; const e = import(name)",
    ),
  ).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', undefined])
})

test('comments, strings, templates and regular expressions that look like an import do not count', () => {
  expect(
    targets(`
      // import './a.ts'
      /* import './b.ts' */
      const c = "import './c.ts'"
      const d = \`import './d.ts'\`
      const e = /import '.\\/e.ts'/
      const f = x / 2; const g = 'import "./g.ts"'
      const h = it['import'] ? it.import : { import: './h.ts' }
      const i = import.meta.url`),
  ).toEqual([])
})

test('a quote inside a regular expression or JSX text does not hide the imports after it', () => {
  expect(
    targets(`
      const quote = /['"\`]/g
      const text = <p>Don't</p>
      import './after.ts'`),
  ).toEqual(['./after.ts'])
})

test('a template that never ends is an error rather than a file without imports', () => {
  expect(() => importsOf('const a = `\nimport "./a.ts"')).toThrow('line 1: a template literal does not end')
})
