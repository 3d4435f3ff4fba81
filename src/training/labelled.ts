/** What fit and evaluate are given, looked at: samples with their labels. */
import { isBatches } from '../dataset.ts'
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Network } from '../layers/network.ts'
import { feedOf, type Feed } from './batches.ts'
import type { Criteria } from './criteria.ts'
import { streamed, type Asked, type Given } from './given.ts'
import { checkSamples, typesOf, type Labelled } from './inputs.ts'
import { labelRows, shapesOfRows, type LabelOptions } from './labels.ts'
import { memorySource } from './sources.ts'
import { partsOf, Stream } from './stream.ts'

/** Checks samples and labels against the model, before any GPU work. @throws as checkSamples and labelRows; ArgumentError for what is no data */
export function checkLabelled(where: string, data: unknown, network: Network, criteria: Criteria, options: LabelOptions = {}): Labelled {
  if (!isRecord(data) || data['x'] === undefined || data['y'] === undefined)
    throw new ArgumentError(where, `data must be { x, y }, samples and their labels, got ${described(data)}`)
  const samples = checkSamples(where, data['x'], network)
  const labels = { y: data['y'], sampleWeight: data['sampleWeight'] }
  return { samples, rows: labelRows(where, labels, samples.count, samples.network, criteria, options) }
}

/** What a pass is fed with of labelled samples. */
export function feedOfLabelled({ samples, rows }: Labelled): Feed {
  return feedOf(samples, rows)
}

/**
 * As samplesGiven, with their labels.
 * @param asked the first pass that there will be
 * @throws ShapeError, DataError, ArgumentError for what cannot be used, of batches the first; what the data throws; the signal's reason
 */
export async function labelledGiven(
  where: string,
  data: unknown,
  { network, criteria }: { readonly network: Network; readonly criteria: Criteria },
  asked: Asked,
  options: LabelOptions = {},
): Promise<Given> {
  const checked = (data: unknown) => {
    const labelled = checkLabelled(where, data, network, criteria, options)
    const { samples, rows } = labelled
    return { labelled, feed: feedOfLabelled(labelled), network: samples.network, types: typesOf(samples), rows: shapesOfRows(rows) }
  }
  if (isBatches(data)) return streamed(new Stream(where, data, (batch) => checked(partsOf(where, batch))), asked)
  const { labelled, feed, ...kind } = checked(data)
  return { ...kind, batchSize: asked.batchSize ?? 32, source: memorySource(feed), labelled, stream: undefined }
}
