/** `thaw inspect --size`: which layers the parameters and bytes of a file are in. Reads no values. */
import { sizeOf } from '../shape.ts'
import { openFile } from './input.ts'
import { table } from './inspect_text.ts'
import { grouped, printable } from './io.ts'

/** What `--size --json` writes. */
export interface SizeReport {
  readonly file: string
  /** With its shards. */
  readonly bytes: number
  /** All weights together; bytes of their values, in the types that the file has them in, before any compression. */
  readonly weights: Size
  /** Layers that have weights, the largest first. */
  readonly layers: readonly (Size & { readonly name: string })[]
}

interface Size {
  readonly parameters: number
  readonly bytes: number
}

/** @param name a path or a URL @throws as inspect does */
export async function inspectSize(name: string, signal: AbortSignal): Promise<SizeReport> {
  await using file = await openFile(name, signal)
  const layers = file.keras.layers
    .filter((l) => l.weights.length)
    .map((l) => ({
      name: l.fullName ?? l.name,
      parameters: l.weights.reduce((n, w) => n + sizeOf(w.source.shape), 0),
      bytes: l.weights.reduce((n, w) => n + sizeOf(w.source.shape) * w.source.type.size, 0),
    }))
  const sum = (what: keyof Size) => layers.reduce((n, l) => n + l[what], 0)
  return {
    file: file.source.name,
    bytes: file.sources.reduce((n, s) => n + s.size, 0),
    weights: { parameters: sum('parameters'), bytes: sum('bytes') },
    layers: layers.sort((a, b) => b.bytes - a.bytes),
  }
}

/** For people. */
export function sizeText({ file, bytes, weights, layers }: SizeReport): string {
  const share = (n: number) => `${((100 * n) / (weights.bytes || 1)).toFixed(1)} %`
  const rows = layers.map((l) => [printable(l.name), grouped(l.parameters), grouped(l.bytes), share(l.bytes)])
  return [
    `${printable(file)}: ${grouped(bytes)} bytes`,
    '',
    table([['Layer', 'Parameters', 'Bytes', 'Share'], ...rows]),
    '',
    `Parameters: ${grouped(weights.parameters)} in ${grouped(layers.length)} layers, ${grouped(weights.bytes)} bytes`,
  ].join('\n')
}
