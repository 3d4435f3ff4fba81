/** Every public name has an example, or the link to one; the examples compile as a user's code would, and run. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useDevice } from '../support/device.ts'
import { examplesOf, programOf, publicNames, withoutExample, type DocExample } from '../support/doc_examples.ts'
import { inSettingFolder, SETTING, settingOn, type Setting } from '../support/example_setting.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Names whose examples are compiled, but not run here: they begin with these words. */
const NOT_RUN: Readonly<Record<string, readonly string[]>> = {
  '// in a page': [
    'openDevice',
    'loadImage',
    'loadImages',
    'droppedFiles',
    'imageDataset',
    'createClassifier',
    'indexedDbStore',
    'opfsStore',
    'ThawClassifier',
  ],
  '// from the web': ['httpSource', 'classIndexFile', 'resolveFile', 'resolveWeights', 'CLASS_INDEX_URL', 'fetchPackage', 'weightCache'],
}

const sources = programOf()
const names = publicNames(sources)
const examples = examplesOf(sources).map((example, i) => ({ ...example, label: `${example.name} (${example.file})`, key: `example${i}` }))
type Example = (typeof examples)[number]

const says = (code: string, word: string) => new RegExp(`(?<![\\w.'-])${word}\\b(?!')`).test(code)
const declares = (code: string, word: string) => new RegExp(`\\b(?:const|let|using|function|class) (?:[[{][^=]*)?\\b${word}\\b`).test(code)

/** A line `EXPRESSION // JSON` says what the expression gives. */
function checked(line: string): string {
  const [, expression, said] = /^(\S.*?) \/\/ (.+)$/.exec(line) ?? []
  if (!said) return line
  try {
    JSON.parse(said)
  } catch {
    return line
  }
  if (/^(const|let|using|await using) /.test(line)) throw new Error(`what is shown must stand behind an expression: ${line}`)
  return `shown(${expression}, ${said})`
}

const use = (code: string, words: readonly string[]) => words.filter((word) => says(code, word) && !declares(code, word))
const entryOf = ({ file, code }: DocExample) =>
  file.startsWith('src/element/') ? 'element' : code.startsWith('// in a page') ? 'page' : 'node'

const IMPORT = /^import .*\n/gm

/** A module of the examples that import from one entry. */
function moduleOf(entry: 'node' | 'page' | 'element'): string {
  const here = examples.filter((example) => entryOf(example) === entry)
  const all = here.map(({ code }) => code).join('\n')
  const imported = [...new Map(names.map((it) => [it.name, it])).values()].filter(({ name }) => says(all, name))
  const from = (file: string) => (file.startsWith('src/element/') ? 'element/index' : entry === 'node' ? 'node' : 'index')
  const imports = imported.map(({ name, isType, file }) => `import { ${isType ? 'type ' : ''}${name} } from '../../src/${from(file)}.ts'`)
  const functions = here.map(({ code, key }) => {
    const body = code.replace(IMPORT, '').split('\n').map(checked).join('\n    ')
    return `  ${key}: async ({ ${use(code, SETTING).join(', ')} }: Setting) => {\n    ${body}\n  },`
  })
  return [
    ...(entry === 'element' ? ["import '../../src/element/index.ts'"] : []),
    ...imports,
    ...new Set(all.match(IMPORT)),
    `import type { Setting } from '../../test/support/example_setting.ts'`,
    `import { shown } from '../../test/support/shown.ts'`,
    `export const run = {\n${functions.join('\n')}\n}\n`,
  ].join('\n')
}

const files = (['node', 'page', 'element'] as const).map((entry) => ({ entry, path: `.cache/doc_examples/${entry}.ts` }))
const reasonOf = ({ code }: Example) => Object.keys(NOT_RUN).find((reason) => code.startsWith(reason))

beforeAll(() => {
  mkdirSync(`${root}.cache/doc_examples`, { recursive: true })
  for (const { entry, path } of files) writeFileSync(root + path, moduleOf(entry))
})

test('every public name has an example, or a link to one', () => {
  expect(withoutExample(names).join('\n')).toBe('')
})

test('all examples compile, strictly', () => {
  const program = programOf(
    files.map(({ path }) => path),
    sources,
  )
  const wrong = files.flatMap(({ path }) => ts.getPreEmitDiagnostics(program, program.getSourceFile(root + path)))
  const text = ts.formatDiagnostics(wrong, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => root, getNewLine: () => '\n' })
  expect(text).toBe('')
})

test.each(Object.entries(NOT_RUN))('examples that begin with "%s" are of these names', (reason, wanted) => {
  expect(
    examples
      .filter((example) => reasonOf(example) === reason)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...wanted].sort())
})

describe('run', () => {
  const device = useDevice()
  let run: Readonly<Record<string, (setting: Setting) => Promise<void>>>
  let leave: () => void
  beforeAll(async () => {
    ;({ run } = (await import(/* @vite-ignore */ `${root}.cache/doc_examples/node.ts`)) as { run: typeof run })
    leave = await inSettingFolder()
  })
  afterAll(() => leave())

  test.each(examples.filter((example) => !reasonOf(example)))('$label', async ({ key, code }) => {
    const { setting, end } = await settingOn(device(), use(code, SETTING))
    try {
      await run[key]!(setting)
    } finally {
      end()
    }
  })
})
