/** What a file is, by its first bytes and never by its name. */
import { FileError } from '../../errors.ts'

const SIGNATURES: readonly (readonly [kind: string, at: number, text: string])[] = [
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['JPEG', 0, '\xff\xd8\xff'],
  ['GIF', 0, 'GIF8'],
  ['WebP', 8, 'WEBP'],
  ['BMP', 0, 'BM'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['AVIF', 4, 'ftypavif'],
  ['HEIC', 4, 'ftyphei'],
  ['HEIC', 4, 'ftypmif1'],
  ['PDF', 0, '%PDF'],
  ['zip archive', 0, 'PK'],
  ['HDF5 file', 0, '\x89HDF'],
]

/** `PNG`, `JPEG`, or words for people: `WebP`, `web page`, `file that begins with 00 01 02 03`. */
export function formatOf(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 512))
  const known = SIGNATURES.find(([, at, text]) => head.startsWith(text, at))
  if (known) return known[0]
  if (/^(\xef\xbb\xbf)?\s*</.test(head)) return head.includes('<svg') ? 'SVG' : 'web page or XML'
  if (!head) return 'file without content'
  const first = [...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0'))
  return `file that begins with ${first.join(' ')}`
}

/** The error for a file that is not the picture it should be. */
export function notPicture(where: string, wanted: string, bytes: Uint8Array, cause?: unknown): FileError {
  const text = `[${where}] the file must be ${wanted}, got a ${formatOf(bytes)} of ${bytes.length} bytes`
  return new FileError('unsupported', text, { offset: 0 }, cause === undefined ? {} : { cause })
}
