/** What a page shows: what it is told by, and how it is taken. */

/** What a page has decoded, by the names of its classes. */
const SHOWN = [
  ...['HTMLImageElement', 'SVGImageElement', 'HTMLCanvasElement', 'OffscreenCanvas'],
  ...['ImageBitmap', 'HTMLVideoElement', 'VideoFrame'],
]

/** What the page shows, or has decoded; not its pixels. */
export type Shown = Exclude<ImageBitmapSource, Blob | ImageData>

export function isShown(value: unknown): value is Shown {
  return SHOWN.some((name) => {
    const type = (globalThis as Readonly<Record<string, unknown>>)[name]
    return typeof type === 'function' && value instanceof type
  })
}

/** What the browser can draw, in the file's own colours, transparency beside them. */
export const bitmapOf = (source: ImageBitmapSource, orient = true): Promise<ImageBitmap> =>
  createImageBitmap(source, {
    imageOrientation: orient ? 'from-image' : 'none',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  })
