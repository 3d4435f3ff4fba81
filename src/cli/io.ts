/** What the command line reads and writes through, so that tests can look on. */

export interface CliIo {
  /** Results. */
  out(text: string): void
  /** Complaints, hints. */
  err(text: string): void
  /** A line that the next one replaces; an empty one takes it away. Undefined where nobody looks at a terminal. */
  progress?: (line: string) => void
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** The command line cannot be understood: for the user, without a stack. */
export class UsageError extends Error {}

/** Names in files may be anything: control characters, which terminals obey, are shown as what they are. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** As `printable`, but lines stay lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** 553467096 -> `553,467,096` */
export const grouped = (n: number): string => n.toLocaleString('en-US')

/** Shows how many bytes of a file have come in, where somebody looks. @param what such as `Loading weights` */
export function byteProgress(io: CliIo, what: string): (progress: { loadedBytes: number; totalBytes: number }) => void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  return ({ loadedBytes, totalBytes }) => {
    const total = Number.isFinite(totalBytes) ? ` of ${megabytes(totalBytes)}` : ''
    io.progress?.(`${what}: ${megabytes(loadedBytes)}${total} MB`)
  }
}
