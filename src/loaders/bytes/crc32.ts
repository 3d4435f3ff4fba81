/** CRC-32 (ISO 3309), as zip archives and PNG have it. */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** @param crc of the bytes before these */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let c = ~crc
  for (const b of bytes) c = TABLE[(c ^ b) & 0xff]! ^ (c >>> 8)
  return ~c >>> 0
}
