import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// Utilities that name a side of the screen; `ps`, `me`, `start`, `text-end` and their like turn round with the language.
const PHYSICAL =
  /(?<![\w-])(?:[a-z-]+:)*-?(?:pl|pr|ml|mr|left|right|border-[lr]|rounded-(?:[lr]|tl|tr|bl|br)|text-left|text-right|scroll-m[lr]|scroll-p[lr])(?:-[\w[\]./]+)?(?=["'`\s])/g

test('no class names left or right, so that Arabic is a mirror image and not a mess', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tsx'),
  )
  expect(files.length).toBeGreaterThan(20)
  const found = files.flatMap((file) =>
    classNames(file).flatMap((names) => names.match(PHYSICAL)?.map((name) => `${file}: ${name}`) ?? []),
  )
  expect(found).toEqual([])
})

test('the check itself sees a physical class', () => {
  expect('"flex lg:pl-4 -ml-2 text-right border-l" '.match(PHYSICAL)).toHaveLength(4)
  expect('"ps-4 border-line text-ink left" '.match(PHYSICAL)).toEqual(['left'])
})

function classNames(file: string): readonly string[] {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8')
  return [...source.matchAll(/className=(?:"[^"]*"|\{`[^`]*`\}|\{[^}]*\})/g)].map((match) => match[0])
}
