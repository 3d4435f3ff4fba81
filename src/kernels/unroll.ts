/**
 * Writes a register tile out. The compilers of software adapters neither unroll loops nor keep indexed arrays in registers, so a
 * shader file holds the tile of one element, valid as it is, and larger tiles are made by repeating its lines.
 *
 * An axis is a letter. Where a line has
 * - `name_i0`, a name that ends in an axis and 0,
 * - `0u` or `0i` with the axis in a comment right behind it,
 * - the axis in brackets in a comment: nothing where the axis has one value, else an index,
 * the line is repeated for every value of that axis. Comment lines stay as they are.
 */
export interface Unrolling {
  /** The values of an axis, or how many from 0. A letter that is not here is no axis. */
  readonly axes: Readonly<Record<string, number | readonly number[]>>
  /** Axes that follow from others, on lines that name those too. */
  readonly derived?: Readonly<Record<string, { readonly from: readonly string[]; value(at: Readonly<Record<string, number>>): number }>>
}

type At = Readonly<Record<string, number>>

function valuesOf(axis: number | readonly number[]): readonly number[] {
  return typeof axis === 'number' ? Array.from({ length: axis }, (_, v) => v) : axis
}

function named(line: string, axis: string): boolean {
  return new RegExp(`_${axis}0(?![0-9])|0[iu]/\\*${axis}\\*/|/\\*\\[${axis}\\]\\*/`).test(line)
}

function replace(line: string, axis: string, value: number, count: number): string {
  return line
    .replace(new RegExp(`_${axis}0(?![0-9])`, 'g'), `_${axis}${value}`)
    .replace(new RegExp(`0([iu])/\\*${axis}\\*/`, 'g'), `${value}$1`)
    .replace(new RegExp(`/\\*\\[${axis}\\]\\*/`, 'g'), count > 1 ? `[${value}]` : '')
}

/** The line for every combination of the axes that it names. */
function repeat(line: string, { axes, derived = {} }: Unrolling): string[] {
  if (line.trimStart().startsWith('//')) return [line]
  const present = Object.keys(axes).filter((a) => named(line, a))
  const follows = (a: string) => derived[a]?.from.every((f) => present.includes(f)) ?? false
  let lines: { text: string; at: At }[] = [{ text: line, at: {} }]
  for (const axis of [...present.filter((a) => !follows(a)), ...present.filter(follows)]) {
    lines = lines.flatMap(({ text, at }) => {
      const all = valuesOf(axes[axis]!)
      const values = follows(axis) ? [derived[axis]!.value(at)] : all
      return values.map((value) => ({ text: replace(text, axis, value, all.length), at: { ...at, [axis]: value } }))
    })
  }
  return lines.map(({ text }) => text)
}

/** The shader with an alias of vec4f as f32, for tensors whose rows are no whole vectors; `Bits` of that alias follows it. */
export function asScalars(wgsl: string, alias: string): string {
  return wgsl
    .replace(`alias ${alias} = vec4f;`, `alias ${alias} = f32;`)
    .replace(`alias ${alias}Bits = vec4u;`, `alias ${alias}Bits = u32;`)
}

/** The shader with its tile written out. */
export function unroll(wgsl: string, unrolling: Unrolling): string {
  return wgsl
    .split('\n')
    .flatMap((line) => repeat(line, unrolling))
    .join('\n')
}
