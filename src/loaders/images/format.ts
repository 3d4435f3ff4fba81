/** The error for a file that is not the picture it should be. */
import { FileError } from '../../errors.ts'
import { GUESSED, kindOf } from '../bytes/guess.ts'

/** @param wanted such as `a PNG or JPEG picture` */
export function notPicture(where: string, wanted: string, bytes: Uint8Array, cause?: unknown): FileError {
  const text = `[${where}] the file must be ${wanted}, got ${kindOf(bytes.subarray(0, GUESSED))} (${bytes.length} bytes)`
  return new FileError('unsupported', text, { offset: 0 }, cause === undefined ? {} : { cause })
}
