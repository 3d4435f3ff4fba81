/** How much of the weights that a network takes from a file has come. */
import { sizeOf } from '../../shape.ts'
import type { TensorSource, UploadProgress } from '../../tensor_source.ts'

/**
 * The same sources, telling how many of all their bytes have been read. Each value counts once, as f32, however often it is read; what else is
 * in the file does not count. So the last value makes it whole, and nothing makes it more.
 */
export function telling(sources: readonly TensorSource[], onProgress: (progress: UploadProgress) => void): TensorSource[] {
  const totalBytes = 4 * sources.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  let loadedBytes = 0
  onProgress({ loadedBytes, totalBytes })
  return sources.map((source) => {
    let seen = 0
    return {
      shape: source.shape,
      async read(begin, end, signal) {
        const values = await source.read(begin, end, signal)
        if (end > seen) {
          loadedBytes += 4 * (end - seen)
          seen = end
          onProgress({ loadedBytes, totalBytes })
        }
        return values
      },
    }
  })
}
