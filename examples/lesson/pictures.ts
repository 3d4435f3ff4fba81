/** Pictures as data URIs, for pages that need nothing beside themselves. */
import { PNG } from 'pngjs'

/** Times that a picture's pixels are repeated, so that every browser shows them as squares. */
const ENLARGED = 3

/**
 * A PNG of RGB pixels, enlarged.
 * @param rgb [side,side,3], 0..255
 * @param heat what is laid over it, 0..1 for each pixel: from nothing to red
 */
export function pngUri(rgb: ArrayLike<number>, side: number, heat?: ArrayLike<number>): string {
  const png = new PNG({ width: side * ENLARGED, height: side * ENLARGED })
  for (let row = 0; row < png.height; row++) {
    for (let column = 0; column < png.width; column++) {
      const from = Math.floor(row / ENLARGED) * side + Math.floor(column / ENLARGED)
      const to = 4 * (row * png.width + column)
      const over = 0.6 * (heat?.[from] ?? 0)
      const red = [255, 32, 0]
      for (let c = 0; c < 3; c++) png.data[to + c] = Math.round((1 - over) * rgb[3 * from + c]! + over * red[c]!)
      png.data[to + 3] = 255
    }
  }
  return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`
}
