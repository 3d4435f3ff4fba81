/** What the README shows is what the examples are, and what the scripts do. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')

test('every code block is an example file, word for word', () => {
  const blocks = [...readme.matchAll(/<!-- (\S+) -->\n```ts\n([^]*?)```/g)]
  expect(blocks.length).toBe([...readme.matchAll(/```ts/g)].length)
  for (const [, path, shown] of blocks) {
    const file = readFileSync(new URL(path!, root), 'utf8')
    expect(shown).toBe(file.replace(/^\/\*\*[^]*?\*\/\n/, '').replace(/'(\.\.\/)+src\/index\.ts'/, "'thaw-webgpu'"))
  }
})

test('every npm script and file that it names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: Record<string, string> }
  for (const [, script] of readme.matchAll(/npm (?:run )?(lesson|bench|test|thaw)\b/g)) expect(scripts).toHaveProperty([script!])
  for (const [, path] of readme.matchAll(/\]\(([\w./-]+)\)/g)) expect(readFileSync(new URL(path!, root)).length).toBeGreaterThan(0)
})
