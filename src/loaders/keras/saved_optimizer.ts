/** The optimizer that a model's file keeps: its config, and its variables in Keras's order. */
import { isRecord } from '../../described.ts'
import { lazy } from '../../lazy.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import type { ModelConfig } from './model_config.ts'

export interface SavedOptimizer {
  /** As Keras serializes it. */
  readonly config: Readonly<Record<string, unknown>>
  /** Of the Keras that wrote it, where the file says it. */
  readonly version?: string | undefined
  /** The count of steps, the learning rate where it is a number, and the state; read when they are asked for. @throws FileError */
  readonly variables: () => Promise<readonly Dataset[]>
}

/** Undefined where the file keeps none. Nothing is read. */
export function savedOptimizerIn(source: ByteSource, { config, training, version }: ModelConfig): SavedOptimizer | undefined {
  const compiled = isRecord(config) && isRecord(config['compile_config']) ? config['compile_config']['optimizer'] : undefined
  const optimizer = compiled ?? (isRecord(training) ? training['optimizer_config'] : undefined)
  if (!isRecord(optimizer)) return undefined
  const variables = async () => (await lazy(import('./optimizer_variables.ts'))).variablesOf(source, compiled === undefined)
  return { config: optimizer, version, variables }
}
