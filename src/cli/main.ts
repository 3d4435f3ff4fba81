/** `thaw`, the command line. */
import manifest from '../../package.json' with { type: 'json' }
import { ThawError } from '../errors.ts'
import { conversionText, convert } from './convert.ts'
import { inspect } from './inspect.ts'
import { diffText, inspectDiff } from './inspect_diff.ts'
import { inspectSize, sizeText } from './inspect_size.ts'
import { inspectionText, table } from './inspect_text.ts'
import { printableLines, UsageError, type CliIo } from './io.ts'
import { HELP, parseCommand, type Command } from './options.ts'
import { predict, type PredictReport } from './predict.ts'

/** Exit codes. */
export const EXIT = { ok: 0, error: 1, usage: 2, interrupted: 130 } as const

/** `0.8731`; small ones with their leading digits. */
const score = (value: number): string => (Math.abs(value) >= 1e-4 || value === 0 ? value.toFixed(4) : value.toExponential(2))

function predictionText({ adapter, model, weights, input, preprocess, classes, top }: PredictReport): string {
  const [labels, wnids] = (['label', 'wnid'] as const).map((what) => top.some((g) => g[what] !== undefined))
  const rows = top.map((g) => [score(g.score), ...(labels ? [g.label!] : []), ...(wnids ? [g.wnid ?? ''] : []), String(g.index)])
  return [
    `Adapter: ${adapter}`,
    `Model:   ${model}${weights === null ? '' : `, weights ${weights}`}, input [${input.join(',')}], preprocessing ${preprocess}, ${classes} classes`,
    '',
    table([['Score', ...(labels ? ['Label'] : []), ...(wnids ? ['WordNet id'] : []), 'Class'], ...rows]),
  ].join('\n')
}

async function run(command: Command, io: CliIo): Promise<string> {
  switch (command.command) {
    case 'help':
      return HELP[command.about]
    case 'version':
      return manifest.version
    case 'inspect': {
      const { what, file, other, json } = command
      const told = <T>(report: T, text: (report: T) => string) => (json ? JSON.stringify(report) : text(report))
      if (what === 'size') return told(await inspectSize(file, io.signal), sizeText)
      if (what === 'diff') return told(await inspectDiff(file, other!, io), diffText)
      return told(await inspect(file, command, io.signal), (inspection) => inspectionText(inspection, file, command.said))
    }
    case 'convert': {
      const report = await convert(command, io)
      return command.json ? JSON.stringify(report) : conversionText(report)
    }
    case 'predict': {
      const report = await predict(command, io)
      return command.json ? JSON.stringify(report) : printableLines(predictionText(report))
    }
  }
}

/**
 * Runs one command.
 * @param argv what follows the program's name
 * @returns the exit code: 0, 1 for an error (with its message), 2 for a command line that cannot be understood, 130 after Ctrl-C
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    io.out(await run(parseCommand(argv), io))
    return EXIT.ok
  } catch (error) {
    io.progress?.('')
    if (io.signal.aborted) {
      io.err('Interrupted.')
      return EXIT.interrupted
    }
    if (error instanceof UsageError) {
      const [command] = argv.filter((word, i) => i === 0 && ['inspect', 'predict', 'convert'].includes(word))
      io.err(`${printableLines(error.message)}\nthaw ${command ? `${command} ` : ''}--help says what can be said.`)
      return EXIT.usage
    }
    if (!(error instanceof ThawError)) throw error
    io.err(printableLines(error.message))
    return EXIT.error
  }
}
