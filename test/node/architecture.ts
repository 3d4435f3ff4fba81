/** The table "Who may import whom" of docs/architecture.md as rules for dependency-cruiser, and what breaks them. */
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'

export interface Room {
  /** As in the table, below `src/`: a folder with a slash at its end, a file, or `*.ts`. */
  readonly name: string
  /** Rooms that it may import beside itself and the ground floor. */
  readonly mayImport: readonly string[]
}

export interface Finding {
  /** The room's name, or `circle`. */
  readonly rule: string
  /** Files from the importing one on; a circle ends where it begins. */
  readonly path: readonly string[]
}

const GROUND = '*.ts'
const CIRCLE = 'circle'

/**
 * @param page Markdown with a table whose head is `| room | may import |`
 * @throws Error for a row that names no room, names one twice, or names a room that no row above it has: that arrow would point up
 */
export function roomsOf(page: string): Room[] {
  const table = /\| room \| may import \|\n\|[-|]+\|\n((?:\|.*\|\n)+)/.exec(page)?.[1]
  if (!table) throw new Error('the page must have a table of rooms and what they may import, got none')
  const rooms: Room[] = []
  for (const row of table.trimEnd().split('\n')) {
    const [, first = '', second = ''] = row.split('|')
    const name = /`([^`]+)`/.exec(first)?.[1]
    const above = rooms.map((room) => room.name)
    if (!name || above.includes(name)) throw new Error(`a row must begin with a room of its own, got ${row}`)
    const named = [...second.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    const unknown = named.find((other) => !above.includes(other))
    if (unknown) throw new Error(`a room may import rooms of the rows above it, got ${unknown} for ${name}`)
    rooms.push({ name, mayImport: /every row above/.test(second) ? above : named })
  }
  return rooms
}

/** The room that a file lies in; undefined for none. @param file below `src/` */
export function roomOf(rooms: readonly Room[], file: string): string | undefined {
  const found = rooms.find(({ name }) => file === name || (name.endsWith('/') && file.startsWith(name)))
  return found?.name ?? (file.includes('/') ? undefined : GROUND)
}

/** Matches the paths of the files that lie in one of the rooms. */
function pathsOf(rooms: readonly Room[], wanted: readonly string[]): string {
  const entries = rooms.map((room) => room.name).filter((name) => name !== GROUND && /\.tsx?$/.test(name))
  const ground = `(?!(?:${entries.join('|')})$)[^/]+$`
  return `^src/(?:${wanted.map((name) => (name === GROUND ? ground : name.endsWith('/') ? name : `${name}$`)).join('|')})`
}

/** No circle, and for every room: no import of a room that its row does not name. */
export function rulesOf(rooms: readonly Room[]): IForbiddenRuleType[] {
  const arrows = rooms.map(({ name, mayImport }): IForbiddenRuleType => {
    const allowed = pathsOf(rooms, [...new Set([name, GROUND, ...mayImport])])
    return { name, severity: 'error', from: { path: pathsOf(rooms, [name]) }, to: { path: '^src/', pathNot: allowed } }
  })
  return [...arrows, { name: CIRCLE, severity: 'error', from: {}, to: { circular: true } }]
}

/** What in `src/` below `folder` breaks the rules, imports of types included. */
export async function findings(folder: string, rooms: readonly Room[]): Promise<Finding[]> {
  const { output } = await cruise(
    ['src'],
    { baseDir: folder, includeOnly: '^src/.*[.]tsx?$', tsPreCompilationDeps: true, validate: true, ruleSet: { forbidden: rulesOf(rooms) } },
    { extensions: ['.ts', '.tsx'] },
  )
  return (output as ICruiseResult).summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    path: [from, ...(cycle?.map((step) => step.name) ?? [to])],
  }))
}
