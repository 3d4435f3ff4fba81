/** docs/architecture.md says who may import whom; `src/` is held to it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { findings, roomOf, roomsOf } from './architecture.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('src', () => {
  const rooms = roomsOf(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'))

  test('every file lies in a room of the table, and every room has files', () => {
    expect(files.filter((file) => roomOf(rooms, file) === undefined)).toEqual([])
    expect(rooms.map((room) => room.name).filter((name) => !files.some((file) => roomOf(rooms, file) === name))).toEqual([])
  })

  test('no import that the table does not allow, and no circle', async () => {
    const found = await findings(root, rooms)
    expect(found.map(({ rule, path }) => `${rule}: ${path.join(' -> ')}`)).toEqual([])
  })
})

test('what comes with import() in a page is waited for by lazy(), which says what to do where it does not come', () => {
  const inPages = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/^(node|cli)\b/.test(file),
  )
  // Asked for early, and waited for elsewhere.
  const early = /void import\('[^']+'\)\.catch\(\(\) => undefined\)/g
  const bare = inPages.filter((file) => {
    const code = readFileSync(join(root, 'src', file), 'utf8')
      .replace(/^\s*(\*|\/\*\*|\/\/).*$/gm, '')
      .replace(early, '')
    return /(?<!lazy\(|typeof )\bimport\(/.test(code)
  })
  expect(bare).toEqual([])
})

describe('web/src', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const rooms = roomsOf(page.slice(page.indexOf('## The site')))
  const files = readdirSync(join(root, 'web/src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.tsx?$/.test(file))

  test('every file lies in a room of its table, and every room has files', () => {
    expect(files.filter((file) => roomOf(rooms, file) === undefined)).toEqual([])
    expect(rooms.map((room) => room.name).filter((name) => !files.some((file) => roomOf(rooms, file) === name))).toEqual([])
  })

  test('no import that the table does not allow, and no circle', async () => {
    const found = await findings(join(root, 'web'), rooms)
    expect(found.map(({ rule, path }) => `${rule}: ${path.join(' -> ')}`)).toEqual([])
  })
})

describe('the rules', () => {
  const page = [
    'Rooms.',
    '',
    '| room | may import |',
    '|---|---|',
    '| `*.ts` | nothing |',
    '| `low/` | nothing more |',
    '| `mid/deep/` | `low/` (a reason) |',
    '| `index.ts` | every row above |',
    '',
  ].join('\n')
  const rooms = roomsOf(page)
  const clean = {
    'shape.ts': '',
    'low/a.ts': `import '../shape.ts'`,
    'low/b.ts': `import './a.ts'`,
    'mid/deep/c.ts': `import '../../low/b.ts'\nimport { shape } from '../../shape.ts'`,
    'index.ts': `export * from './mid/deep/c.ts'\nexport * from './low/a.ts'\nexport * from './shape.ts'`,
  }
  let folder: string | undefined

  /** What breaks the rules in a source tree of these files. */
  async function findingsOf(files: Record<string, string>) {
    folder = mkdtempSync(join(tmpdir(), 'thaw-architecture-test-'))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(folder, 'src', dirname(file)), { recursive: true })
      writeFileSync(join(folder, 'src', file), `${text}\n`)
    }
    return findings(folder, rooms)
  }
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true })
    folder = undefined
  })

  test('are made of the table', () => {
    expect(rooms).toEqual([
      { name: '*.ts', mayImport: [] },
      { name: 'low/', mayImport: [] },
      { name: 'mid/deep/', mayImport: ['low/'] },
      { name: 'index.ts', mayImport: ['*.ts', 'low/', 'mid/deep/'] },
    ])
  })

  test('accept what the table allows', async () => {
    expect(await findingsOf(clean)).toEqual([])
  })

  test.each([
    ['low/', 'low/a.ts', `import type { C } from '../mid/deep/c.ts'`, 'mid/deep/c.ts'],
    ['low/', 'low/a.ts', `export const load = () => import('../index.ts')`, 'index.ts'],
    ['*.ts', 'shape.ts', `export { a } from './low/b.ts'`, 'low/b.ts'],
    ['*.ts', 'shape.ts', `import './index.ts'`, 'index.ts'],
    ['mid/deep/', 'mid/deep/c.ts', `import '../../stray/d.ts'`, 'stray/d.ts'],
  ])('refuse an arrow that the table lacks: %s, in %s', async (rule, from, text, to) => {
    const found = await findingsOf({ ...clean, 'stray/d.ts': '', [from]: text })
    expect(found.filter((finding) => finding.rule !== 'circle')).toEqual([{ rule, path: [`src/${from}`, `src/${to}`] }])
  })

  test('refuse a circle within a room, of types alone too', async () => {
    const found = await findingsOf({ ...clean, 'low/a.ts': `import type { B } from './b.ts'` })
    expect(found).toEqual([{ rule: 'circle', path: ['src/low/a.ts', 'src/low/b.ts', 'src/low/a.ts'] }])
  })

  test('know the room of every file', () => {
    expect(['shape.ts', 'index.ts', 'low/x/y.ts', 'mid/deep/c.ts'].map((file) => roomOf(rooms, file))).toEqual([
      '*.ts',
      'index.ts',
      'low/',
      'mid/deep/',
    ])
    expect(['mid/c.ts', 'stray/d.ts'].map((file) => roomOf(rooms, file))).toEqual([undefined, undefined])
  })

  test('refuse a table whose arrows point up, or that is none', () => {
    expect(() => roomsOf(page.replace('nothing more', '`index.ts`'))).toThrow('rows above it, got index.ts for low/')
    expect(() => roomsOf(page.replace('`mid/deep/`', '`low/`'))).toThrow('a room of its own')
    expect(() => roomsOf('Rooms.')).toThrow('must have a table')
  })
})
