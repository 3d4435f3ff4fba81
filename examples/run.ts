/** What the small examples have in common: how they begin and end, and a picture where the user has none. */
import { loadImage, tensor, ThawError, type Tensor } from '../src/node.ts'

/** Runs an example with its arguments; a mistake in them or in a file ends it with a message and exit code 1. */
export async function runExample(body: (args: string[]) => Promise<void>): Promise<void> {
  const args = process.argv.slice(2)
  try {
    await body(args[0] === '--' ? args.slice(1) : args)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (!(error instanceof ThawError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error
    console.error(message)
    process.exitCode = 1
  }
}

/** A picture from a file, or an orange on a table: [1,height,width,3], 0..255. */
export async function picture(path: string | undefined, height: number, width: number): Promise<Tensor> {
  if (path !== undefined) return loadImage(path, { targetSize: [height, width] })
  const pixels = new Uint8Array(height * width * 3)
  for (let i = 0; i < height * width; i++) {
    const y = Math.floor(i / width) / height
    const x = (i % width) / width
    const fruit = Math.hypot(x - 0.5, y - 0.6) < 0.3
    const light = Math.max(0.4, 1.2 - Math.hypot(x - 0.4, y - 0.45))
    const colour = fruit ? [235, 130, 20] : y > 0.6 ? [140, 100, 70] : [200, 215, 230]
    pixels.set(
      colour.map((c) => Math.min(255, fruit ? c * light : c)),
      3 * i,
    )
  }
  return tensor(pixels, [1, height, width, 3])
}
