/** `thaw convert`: a model as a file of Keras 3. Values stream from file to file; no GPU is needed. */
import { stat } from 'node:fs/promises'
import { loadModel, saveModel, saveWeights } from '../node.ts'
import type { AnyModel } from '../training/model.ts'
import { byteProgress, grouped, printable, type CliIo } from './io.ts'
import type { ConvertOptions } from './options.ts'
import { replacements } from './replace.ts'

/** What `--json` writes. */
export interface ConvertReport {
  readonly from: readonly string[]
  /** What kind of file that was, and what was converted. */
  readonly variant: string
  readonly to: string
  /** Of the file written. */
  readonly bytes: number
  readonly layers: number
  readonly weights: number
  readonly parameters: number
}

/**
 * Reads a model and writes it.
 * @throws what loadModel does; ArgumentError naming a layer that cannot be saved; what the file system says; the signal's reason. Nothing is
 * written then
 */
export async function convert({ from, to, replace, said }: ConvertOptions, io: CliIo): Promise<ConvertReport> {
  const { signal } = io
  let variant = ''
  const model: AnyModel = await loadModel(from.length === 1 ? from[0]! : from, {
    ...said,
    signal,
    replaceLayers: replacements(replace),
    onReport: (report) => void (variant = report.variant),
  })
  const save = to.endsWith('.weights.h5') ? saveWeights : saveModel
  try {
    await save(model, to, { signal, onProgress: byteProgress(io, 'Writing') })
  } finally {
    io.progress?.('')
  }
  const { size: bytes } = await stat(to)
  return { from, variant, to, bytes, layers: model.layers.length, weights: model.weights.length, parameters: model.countParams() }
}

/** For people. */
export function conversionText({ from, variant, to, bytes, layers, weights, parameters }: ConvertReport): string {
  const rest = `${grouped(layers)} layers, ${grouped(parameters)} parameters in ${grouped(weights)} weights, ${grouped(bytes)} bytes`
  return `${from.map(printable).join(', ')} (${printable(variant)})\n-> ${printable(to)}: ${rest}`
}
