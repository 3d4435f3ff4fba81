/** Wording of what does not match between a file and a network. */
import { WeightsError, type WeightsErrorCode } from '../../errors.ts'

export interface Problem {
  readonly code: WeightsErrorCode
  readonly layer: string
  readonly rule: string
}

/** How many letters two names begin with. */
function common(a: string, b: string): number {
  let n = 0
  while (n < COMPARED && n < a.length && a[n] === b[n]) n++
  return n
}

/** Errors listed in one message. */
const SHOWN = 8

/** Letters of a name that are compared. */
const COMPARED = 64

/** Names that are compared with one that is missing: those that begin as it does. */
const NAMES = 256

/** The three of many names that are most like one. */
function nearest(wanted: string, names: readonly string[]): string {
  const some = names.map((name) => ({ name, begins: common(name, wanted) })).sort((a, b) => b.begins - a.begins)
  const near = some
    .slice(0, NAMES)
    .map(({ name }) => ({ name, far: distance(name.slice(0, COMPARED), wanted.slice(0, COMPARED)) }))
    .sort((a, b) => a.far - b.far)
  return near
    .slice(0, 3)
    .map((n) => n.name)
    .join(', ')
}

/** The names are compared when the rule is read, which is done for the first few of thousands. */
export function missing(layer: string, wanted: string, names: readonly string[]): Problem {
  return {
    code: 'missing-layer',
    layer,
    get rule() {
      return `must be in the file, got ${names.length} other layers${names.length ? `, the nearest ${nearest(wanted, names)}` : ''}`
    },
  }
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

export function refusal(problems: readonly Problem[]): WeightsError {
  const { code, layer, rule } = problems[0]!
  const others = problems.slice(1, SHOWN).map((p) => `\n  ${p.layer} ${p.rule}`)
  const rest = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : ''
  return new WeightsError(code, layer, `${rule}${others.join('')}${rest}`)
}
