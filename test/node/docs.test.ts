/** What the README and the pages show is what the examples are, and what the scripts do. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const readme = read('README.md')
/** What the sources' entries are called in the package. */
const ENTRIES: Readonly<Record<string, string>> = {
  index: 'thaw-webgpu',
  node: 'thaw-webgpu/node',
  'element/index': 'thaw-webgpu/element',
}
const kernelPage = 'docs/adding-a-kernel.md'

/** Blocks of code on a page, each below a comment that names its file, and where a reader shall put it. */
function blocksOf(page: string) {
  const blocks = [...page.matchAll(/<!-- (\S+)(?: as (\S+))? -->\n```(?:ts|wgsl|html|css)\n([^]*?)```/g)]
  expect(blocks.length, 'every block of code must stand below the name of its file').toBe([...page.matchAll(/```\w/g)].length)
  return blocks.map(([, file, place, shown]) => ({ file: file!, place, shown: shown! }))
}

test.each(['README.md', 'docs/custom-layers.md', 'docs/embed.md'])('every code block of %s is an example file, word for word', (page) => {
  for (const { file, shown } of blocksOf(read(page))) {
    expect(shown).toBe(
      read(file)
        .replace(/^\/\*\*[^]*?\*\/\n/, '')
        .replace(/'(?:\.\.\/)+src\/(index|node|element\/index)\.ts'/g, (_, entry: string) => `'${ENTRIES[entry]}'`),
    )
  }
})

describe(kernelPage, () => {
  const page = read(kernelPage)
  const blocks = blocksOf(page)
  const places = new Map(blocks.map(({ file, place }) => [file, place!]))

  /** The file as it is at its place: what it imports is where it was, or at a place of its own. */
  function moved(file: string): string {
    const place = places.get(file)!
    return read(file).replace(/ from '(\..*)'/g, (_, path: string) => {
      const from = posix.join(posix.dirname(file), path)
      const to = posix.relative(posix.dirname(place), places.get(from) ?? from)
      return ` from '${to.startsWith('.') ? to : `./${to}`}'`
    })
  }

  test.each(blocks)('$place is the example that the tests run, word for word', ({ file, shown }) => {
    expect(shown).toBe(moved(file))
  })

  test.each(['index.ts', 'gradients.ts'])('its line of %s is one as the others there', (registry) => {
    const line = /^export \{ (\w+) \} from '(.*)'$/
    const [, name, path] = new RegExp(`\`src/kernels/${registry}\`:\n\n {4}${line.source.slice(1)}`, 'm').exec(page)!
    const { shown } = blocks.find(({ place }) => place === posix.join('src/kernels', path!))!
    expect(shown).toContain(`export const ${name} = define`)
    const [, ...lines] = read(`src/kernels/${registry}`).trim().split('\n')
    for (const other of lines) expect(other).toMatch(line)
  })

  test('every file that it names exists', () => {
    const files = ['src', 'test', 'docs'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((f) => `/${folder}/${f}`),
    )
    const named = [...page.matchAll(/`([\w./]+\.(?:ts|wgsl|py))`|\]\(([\w./-]+)\)/g)].map((m) => (m[1] ?? m[2]!).replace(/^(\.\.\/)+/, ''))
    const missing = named.filter((name) => ![...places.values()].includes(name) && !files.some((f) => f.endsWith(`/${name}`)))
    expect(missing).toEqual([])
  })
})

const pages = ['README.md', ...readdirSync(new URL('docs', root), 'utf8').flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : []))]

test('every npm script that the README and the pages name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = pages.flatMap((page) => [...read(page).matchAll(/npm (?:run ([\w:-]+)|(test)\b)/g)].map((m) => m[1] ?? m[2]!))
  expect(named).toContain('web:build')
  expect(named.filter((script) => !(script in scripts))).toEqual([])
})

test('every file that the README names exists', () => {
  for (const [, path] of readme.matchAll(/\]\(([\w./-]+)\)/g)) expect(readFileSync(new URL(path!, root)).length).toBeGreaterThan(0)
})

test('the table of files that others made has as many rows of each kind as its sums say', () => {
  const page = read('docs/keras-files.md')
  const cells = (line: string) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()) // prettier-ignore
  const rows = page.split('\n').filter((line) => /^\| [\w.-]+\/\S+ \| `[0-9a-f]{8}` \|/.test(line)).map(cells) // prettier-ignore
  const sums = [...page.matchAll(/^\| (.+?) \| (\d+) \|$/gm)].map(([, what, count]) => [what!, Number(count)] as const)
  const ofTfjs = rows.filter(([, , , , kind]) => kind!.includes('TensorFlow.js'))
  const ofKeras = rows.filter((row) => !ofTfjs.includes(row))
  const count = (list: readonly string[][], rule: RegExp) => list.filter(([, , , , , result]) => rule.test(result!)).length
  const [weights, none] = [count(ofKeras, /^weights only/), count(ofKeras, /^refused by its content/)]
  const [rounded, refused] = [count(ofKeras, /but for rounding/), count(ofKeras, /^refused: /)]
  const whole = ofKeras.length - weights - none
  const compared = count(ofTfjs, /^equal to/)
  const tfjsLoads = compared + count(ofTfjs, /not compared/)
  const [, , , , byKeras3] = sums
  expect(sums.map(([, sum]) => sum)).toEqual([
    ...[whole, whole - rounded - refused, rounded, refused, byKeras3![1], weights, none],
    ...[ofTfjs.length, tfjsLoads, compared, ofTfjs.length - tfjsLoads],
  ])
  expect(byKeras3![1]).toBeLessThan(whole)
  expect(page).toContain(`\n${rows.length} files from ${new Set(rows.map(([repository]) => repository)).size} public repositories`)
  const causes = /What is refused, by cause.*?\n\n((?:- .*: \d+\n)+)/s.exec(page)![1]!
  expect([...causes.matchAll(/: (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)).toBe(refused)
})
