/** The page's side of the worker: pictures go there without being copied, classes come back. */
import type { Classification } from '../../src/index.ts'
import type { Answer } from './worker.ts'

export function classifierInWorker(): (picture: ImageBitmapSource) => Promise<readonly Classification[]> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, (answer: Answer) => void>()
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)!(data)
    waiting.delete(data.id)
  })
  let count = 0
  return async (picture) => {
    const id = count++
    const bitmap = await createImageBitmap(picture)
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    worker.postMessage({ id, picture: bitmap }, [bitmap])
    const { classes, error } = await answered
    if (!classes) throw new Error(error)
    return classes
  }
}
