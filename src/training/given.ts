/** What fit, evaluate and predict are given, looked at: tensors in memory, or batches, of which the first tells what they are like. */
import { isBatches } from '../dataset.ts'
import type { DType } from '../dtype.ts'
import type { Network } from '../layers/network.ts'
import { isRecord } from '../described.ts'
import { lazy } from '../lazy.ts'
import { feedOf } from './batches.ts'
import { checkSamples, typesOf, type Labelled } from './inputs.ts'
import { memorySource, type PassRequest, type Source } from './sources.ts'
import type { Checked, Stream } from './stream.ts'

/** Samples that passes can be made over. */
export interface Given {
  /** At the sizes of the samples. */
  readonly network: Network
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

/** A pass, but for the size of its batches. */
export type Asked = Omit<PassRequest, 'batchSize'> & { readonly batchSize: number | undefined }

/** Begins the first pass over batches. @throws as Stream.peek */
export async function streamed(stream: Stream, asked: Asked): Promise<Given> {
  const size = asked.batchSize ?? stream.batchSize
  const first = await stream.peek({ ...asked, batchSize: size ?? 32 })
  const { network, types, rows } = first
  const source: Source = { count: stream.count, stored: new Map(), batches: (request) => stream.batches(request) }
  return { network, types, rows, batchSize: size ?? first.feed.count, source, labelled: undefined, stream }
}

/**
 * Samples alone; with their labels, see labelled.ts.
 * @param asked the first pass that there will be
 * @throws ShapeError, DataError, ArgumentError for what cannot be used, of batches the first; what the data throws; the signal's reason
 */
export async function samplesGiven(where: string, x: unknown, network: Network, asked: Asked): Promise<Given> {
  if (isBatches(x)) {
    const { partsOf, Stream } = await lazy(import('./stream.ts'))
    const check = (batch: unknown): Checked => {
      const parts = partsOf(where, batch)
      const samples = checkSamples(where, isRecord(parts) && 'x' in parts ? parts['x'] : parts, network)
      return { feed: feedOf(samples), network: samples.network, types: typesOf(samples), rows: {} }
    }
    return streamed(new Stream(where, x, check), asked)
  }
  const samples = checkSamples(where, x, network)
  const source = memorySource(feedOf(samples))
  const { network: at } = samples
  return {
    network: at,
    types: typesOf(samples),
    rows: {},
    batchSize: asked.batchSize ?? 32,
    source,
    labelled: undefined,
    stream: undefined,
  }
}
