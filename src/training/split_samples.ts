/** A share of the samples for validation, as Keras takes it: keras/src/trainers/data_adapters/array_slicing.py, train_validation_split. */
import { isBatches } from '../dataset.ts'
import { isRecord } from '../described.ts'
import { ArgumentError, DataError } from '../errors.ts'
import type { Network } from '../layers/network.ts'
import { sampleSize, isTensor } from '../tensor.ts'
import type { Criteria } from './criteria.ts'
import { checkLabelled } from './labelled.ts'

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value)

/** Some rows of all that is there for each sample: of tensors and lists, alone, in an array or by name; what is not there stays so. */
function rows(value: unknown, begin: number, end: number): unknown {
  if (value === undefined || value === null) return value
  if (isTensor(value)) {
    const size = sampleSize(value.shape)
    return { shape: [end - begin, ...value.shape.slice(1)], data: value.data.subarray(begin * size, end * size) }
  }
  const part = (v: unknown) => rows(v, begin, end)
  if (Array.isArray(value) && value.some((v) => isRecord(v) || isList(v))) return value.map(part)
  if (isRecord(value) && !isList(value) && typeof value['length'] !== 'number')
    return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, part(v)]))
  return Array.prototype.slice.call(value, begin, end)
}

/**
 * The samples without the last share of them, and these.
 * @throws as checkLabelled; ArgumentError for data in batches; DataError where a side would have no sample
 */
export function splitSamples(
  data: unknown,
  { network, criteria }: { readonly network: Network; readonly criteria: Criteria },
  share: number,
): [training: unknown, validation: unknown] {
  if (isBatches(data)) {
    const rule = 'validationSplit is for samples in memory (imageDataset has one of its own)'
    throw new ArgumentError('fit', `${rule}, got ${share} and data in batches`)
  }
  const { count } = checkLabelled('fit', data, network, criteria).samples
  const at = Math.floor(count * (1 - share))
  if (at === 0 || at === count) throw new DataError('fit', `validationSplit must leave samples on both sides, got ${share} of ${count}`)
  return [rows(data, 0, at), rows(data, at, count)]
}
