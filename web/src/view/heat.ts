/** A heat map over a picture. */

/** Draws the middle square of a picture and, where there is one, the map over it: the warmer, the more it speaks for the class. */
export function drawSeen(
  canvas: HTMLCanvasElement,
  picture: CanvasImageSource & { readonly width: number; readonly height: number },
  heat: { readonly width: number; readonly height: number; readonly data: Float32Array } | undefined,
): void {
  const context = canvas.getContext('2d')!
  const side = Math.min(picture.width, picture.height)
  context.imageSmoothingEnabled = true
  context.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, canvas.width, canvas.height)
  if (!heat) return
  const { width, height, data } = heat
  const image = new ImageData(width, height)
  data.forEach((v, i) => image.data.set([255, Math.round(220 * v), 0, Math.round(190 * v)], 4 * i))
  const map = new OffscreenCanvas(width, height)
  map.getContext('2d')!.putImageData(image, 0, 0)
  context.drawImage(map, 0, 0, canvas.width, canvas.height)
}
