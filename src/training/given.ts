/** What fit, evaluate and predict are given, looked at: tensors in memory, or batches, of which the first tells what they are like. */
import type { DType } from '../dtype.ts'
import type { Network } from '../layers/network.ts'
import { isRecord } from '../described.ts'
import { feedOf, type Feed } from './batches.ts'
import type { Criteria } from './criteria.ts'
import { checkLabelled, checkSamples, typesOf, type Labelled } from './inputs.ts'
import { shapesOfRows, type LabelOptions } from './labels.ts'
import { memorySource, type PassRequest, type Source } from './sources.ts'
import { isBatches, partsOf, Stream, type Checked } from './stream.ts'

/** Samples that passes can be made over. */
export interface Given {
  /** Of the samples of each input, on the device. */
  readonly types: readonly DType[]
  /** Shapes of what belongs to one sample, by the names of graph inputs. */
  readonly rows: Checked['rows']
  /** Rows of a batch: what the caller says; else as the data has it, or 32. */
  readonly batchSize: number
  readonly source: Source
  /** Where the samples are in memory. */
  readonly labelled: Labelled | undefined
  /** Where they come in batches. */
  readonly stream: Stream | undefined
}

/** What a pass is fed with of labelled samples. */
export function feedOfLabelled({ samples, rows }: Labelled): Feed {
  return feedOf(samples, rows)
}

/** A pass, but for the size of its batches. */
type Asked = Omit<PassRequest, 'batchSize'> & { readonly batchSize: number | undefined }

/** Begins the first pass over batches. @throws as Stream.peek */
async function streamed(stream: Stream, asked: Asked): Promise<Given> {
  const size = asked.batchSize ?? stream.batchSize
  const first = await stream.peek({ ...asked, batchSize: size ?? 32 })
  const { types, rows } = first
  const source: Source = { count: stream.count, stored: new Map(), batches: (request) => stream.batches(request) }
  return { types, rows, batchSize: size ?? first.feed.count, source, labelled: undefined, stream }
}

/**
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
    return { labelled, feed: feedOfLabelled(labelled), types: typesOf(labelled.samples), rows: shapesOfRows(labelled.rows) }
  }
  if (isBatches(data)) return streamed(new Stream(where, data, (batch) => checked(partsOf(where, batch))), asked)
  const { labelled, feed, types, rows } = checked(data)
  return { types, rows, batchSize: asked.batchSize ?? 32, source: memorySource(feed), labelled, stream: undefined }
}

/** As labelledGiven, of samples alone. */
export async function samplesGiven(where: string, x: unknown, network: Network, asked: Asked): Promise<Given> {
  if (isBatches(x)) {
    const check = (batch: unknown): Checked => {
      const parts = partsOf(where, batch)
      const samples = checkSamples(where, isRecord(parts) && 'x' in parts ? parts['x'] : parts, network)
      return { feed: feedOf(samples), types: typesOf(samples), rows: {} }
    }
    return streamed(new Stream(where, x, check), asked)
  }
  const samples = checkSamples(where, x, network)
  const source = memorySource(feedOf(samples))
  return { types: typesOf(samples), rows: {}, batchSize: asked.batchSize ?? 32, source, labelled: undefined, stream: undefined }
}
