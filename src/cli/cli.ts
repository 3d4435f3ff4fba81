#!/usr/bin/env node
/** The program `thaw`. */
import { main } from './main.ts'

const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted'))) // a second one ends the process at once
// Whoever reads has seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

/** Cut to the terminal's width, so that the next line can take its place. */
function progress(line: string): void {
  process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
}

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY && { progress }),
  signal: stop.signal,
})
