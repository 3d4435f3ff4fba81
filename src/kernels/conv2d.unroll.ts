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
  /** Axes that follow from others on lines that name those too. */
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

/** The text with its blocks repeated, outermost first. */
function repeatBlocks(text: string, axes: Unrolling['axes']): string {
  const block = /^( *)\{ \/\/ each (\w)0\n([^]*?)^\1\}\n/m.exec(text)
  if (!block) return text
  const [whole, indent, axis, body] = block as unknown as [string, string, string, string]
  const count = axes[axis] ?? 1
  const copies = Array.from({ length: count }, (_, v) => `${indent}{\n${replace(body, axis, v, count)}${indent}}\n`)
  return text.slice(0, block.index) + repeatBlocks(copies.join('') + text.slice(block.index + whole.length), axes)
}

/** The shader with its tile written out. */
export function unroll(wgsl: string, { axes, derived = {} }: Unrolling): string {
  const repeat = (line: string): string[] => {
    const present = Object.keys(axes).filter((a) => named(line, a))
    const isDerived = (a: string) => derived[a]?.from.every((f) => present.includes(f)) ?? false
    let lines: { text: string; at: At }[] = [{ text: line, at: {} }]
    for (const axis of [...present.filter((a) => !isDerived(a)), ...present.filter(isDerived)]) {
      lines = lines.flatMap(({ text, at }) => {
        const all = isDerived(axis) ? [derived[axis]!.value(at)] : Array.from({ length: axes[axis]! }, (_, v) => v)
        return all.map((value) => ({ text: replace(text, axis, value, axes[axis]!), at: { ...at, [axis]: value } }))
      })
    }
    return lines.map(({ text }) => text)
  }
  return repeatBlocks(wgsl, axes).split('\n').flatMap((line) => (line.trimStart().startsWith('//') ? [line] : repeat(line))).join('\n')
}
