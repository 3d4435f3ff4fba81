/** The uniform block of a shader: read from its text, filled by name. */
import { ThawError } from '../errors.ts'
import type { Kernel, Sizes } from './kernel.ts'

type ScalarType = 'u32' | 'i32' | 'f32'

interface Member {
  readonly name: string
  readonly type: ScalarType
}

const known = new Map<string, readonly Member[]>()

/** Members of `struct Sizes` in order, `base` first. @throws ThawError code `shader` where a shader has no such block */
function membersOf(wgsl: string): readonly Member[] {
  let members = known.get(wgsl)
  if (members) return members
  const block = /struct Sizes \{([^}]*)\}/.exec(wgsl)?.[1]?.replace(/\/\/.*$/gm, '') ?? ''
  members = [...block.matchAll(/(\w+)\s*:\s*(u32|i32|f32)/g)].map(([, name, type]) => ({ name: name!, type: type as ScalarType }))
  if (members[0]?.name !== 'base')
    throw new ThawError('shader', `[sizes] a shader must declare struct Sizes with base first, got ${members[0]?.name ?? 'none'}`)
  known.set(wgsl, members)
  return members
}

/** Bytes that the block takes in a uniform buffer: a multiple of 16. */
export function sizesBytes(wgsl: string): number {
  return Math.ceil(membersOf(wgsl).length / 4) * 16
}

function store(view: DataView, at: number, { name, type }: Member, value: number): void {
  const fits = type === 'f32' ? Number.isFinite(value) : type === 'u32' ? value >>> 0 === value : (value | 0) === value
  if (!fits) throw new ThawError('shader', `[sizes] ${name} must be of type ${type}, got ${value}`)
  if (type === 'f32') view.setFloat32(at, value, true)
  else if (type === 'u32') view.setUint32(at, value, true)
  else view.setInt32(at, value, true)
}

/**
 * Writes the block of a shader for the dispatch that begins at workgroup `base`.
 * @throws ThawError code `shader` for a member without a value, a value without a member, or one that its type cannot hold
 */
export function packSizes(wgsl: string, sizes: Sizes, base: number, into: DataView, offset: number): void {
  const members = membersOf(wgsl)
  const given = Object.keys(sizes)
  members.forEach((member, i) => {
    const value = member.name === 'base' ? base : sizes[member.name]
    if (value === undefined)
      throw new ThawError('shader', `[sizes] a value must be given for ${member.name}, got ${given.join(', ') || 'none'}`)
    store(into, offset + 4 * i, member, value)
  })
  if (given.length === members.length - 1) return
  const names = members.map((m) => m.name)
  throw new ThawError(
    'shader',
    `[sizes] values must be for ${names.join(', ')}, got also ${given.filter((n) => !names.includes(n)).join(', ')}`,
  )
}

/**
 * The same kernel with its sizes as constants of the text: another text for every shape, for compilers that divide slowly.
 * @throws ThawError code `shader`, as packSizes
 */
export function fixSizes({ wgsl, sizes, groups }: Kernel): Kernel {
  packSizes(wgsl, sizes, 0, new DataView(new ArrayBuffer(sizesBytes(wgsl))), 0)
  const literals = { u32: (v: number) => `${v}u`, i32: (v: number) => `${v}i`, f32: (v: number) => `f32(${v})` }
  let text = wgsl.replace(/struct Sizes \{[^}]*\}/, 'struct Sizes {\n  base: u32, // first workgroup of this dispatch\n}')
  for (const { name, type } of membersOf(wgsl).slice(1)) {
    text = text.replace(new RegExp(`\\bsizes\\.${name}\\b`, 'g'), literals[type](sizes[name]!))
  }
  return { wgsl: text, sizes: {}, groups }
}
