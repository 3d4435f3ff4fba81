/**
 * Writes a register tile out. The compilers of software adapters neither unroll loops nor keep indexed arrays in registers, so a
 * shader file holds the tile of one element, valid as it is, and larger tiles are made by repeating its lines.
 *
 * An axis is a letter. Where a line has
 * - `name_i0`, a name that ends in an axis and 0,
 * - `0u` or `0i` with the axis in a comment right behind it,
 * - the axis in brackets in a comment: nothing where the axis has one value, else an index,
 * the line is repeated for every value of that axis. Comment lines stay as they are. A block that opens with `{ // each i0` is
 * repeated as a whole, which keeps what it loads short-lived.
 */
export interface Unrolling {
  /** Number of values per axis. An axis that is not named here is not one. */
  readonly axes: Readonly<Record<string, number>>
  /** Axes that follow from others, on lines that name those or lie in a block of theirs. */
  readonly derived?: Readonly<Record<string, { readonly from: readonly string[]; value(at: Readonly<Record<string, number>>): number }>>
}

type At = Readonly<Record<string, number>>

function named(line: string, axis: string): boolean {
  return new RegExp(`_${axis}0(?![0-9])|0[iu]/\\*${axis}\\*/|/\\*\\[${axis}\\]\\*/`).test(line)
}

function replace(line: string, axis: string, value: number, count: number): string {
  return line
    .replace(new RegExp(`_${axis}0(?![0-9])`, 'g'), `_${axis}${value}`)
    .replace(new RegExp(`0([iu])/\\*${axis}\\*/`, 'g'), `${value}$1`)
    .replace(new RegExp(`/\\*\\[${axis}\\]\\*/`, 'g'), count > 1 ? `[${value}]` : '')
}

/** A line for every combination of the axes that it names and that `at` does not fix. */
function repeatLine(line: string, { axes, derived = {} }: Unrolling, fixed: At): string[] {
  if (line.trimStart().startsWith('//')) return [line]
  const present = Object.keys(axes).filter((a) => named(line, a))
  const follows = (a: string) => derived[a]?.from.every((f) => present.includes(f) || f in fixed) ?? false
  let lines: { text: string; at: At }[] = [{ text: line, at: fixed }]
  for (const axis of [...present.filter((a) => !follows(a)), ...present.filter(follows)]) {
    lines = lines.flatMap(({ text, at }) => {
      const count = axes[axis]!
      const all = follows(axis) ? [derived[axis]!.value(at)] : axis in at ? [at[axis]!] : Array.from({ length: count }, (_, v) => v)
      return all.map((value) => ({ text: replace(text, axis, value, count), at: { ...at, [axis]: value } }))
    })
  }
  return lines.map(({ text }) => text)
}

function repeatLines(lines: readonly string[], unrolling: Unrolling, at: At): string[] {
  const out: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const block = /^( *)\{ \/\/ each (\w)0$/.exec(lines[i]!)
    if (!block) {
      out.push(...repeatLine(lines[i]!, unrolling, at))
      continue
    }
    const [, indent, axis] = block as unknown as [string, string, string]
    const end = lines.indexOf(`${indent}}`, i)
    const body = lines.slice(i + 1, end)
    for (let v = 0; v < unrolling.axes[axis]!; v++) out.push(`${indent}{`, ...repeatLines(body, unrolling, { ...at, [axis]: v }), `${indent}}`)
    i = end
  }
  return out
}

/** The shader with its tile written out. */
export function unroll(wgsl: string, unrolling: Unrolling): string {
  return repeatLines(wgsl.split('\n'), unrolling, {}).join('\n')
}
