/** Folders of noise pictures as test/golden/make_image_dataset.py has them. Node only. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PNG } from 'pngjs'
import { noisePicture } from './pictures.ts'

/** A PNG file of noise. */
export function noisePng(height: number, width: number, seed: number): Uint8Array<ArrayBuffer> {
  const { data } = noisePicture(height, width, seed)
  const png = new PNG({ width, height, colorType: 2 })
  for (let i = 0; i < width * height; i++) {
    png.data.set(data.subarray(i * 3, i * 3 + 3), i * 4)
    png.data[i * 4 + 3] = 255
  }
  return Uint8Array.from(PNG.sync.write(png, { colorType: 2 }))
}

/** A folder of its own with files in it, by their paths. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'thaw-pictures-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}
