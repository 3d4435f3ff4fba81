/** Wording of what does not match between a file and a network. */
import { WeightsError, type WeightsErrorCode } from '../../errors.ts'

export interface Problem {
  readonly code: WeightsErrorCode
  readonly layer: string
  readonly rule: string
}

/** Errors listed in one message. */
const SHOWN = 8

/** Letters of a name that are compared. */
const COMPARED = 64

export function missing(layer: string, wanted: string, names: readonly string[]): Problem {
  const near = names
    .map((name) => ({ name, far: distance(name.slice(0, COMPARED), wanted.slice(0, COMPARED)) }))
    .sort((a, b) => a.far - b.far)
  const hint = near.length
    ? `, the nearest ${near
        .slice(0, 3)
        .map((n) => n.name)
        .join(', ')}`
    : ''
  return { code: 'missing-layer', layer, rule: `must be in the file, got ${names.length} other layers${hint}` }
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
