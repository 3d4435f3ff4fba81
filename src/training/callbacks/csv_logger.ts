/** CSVLogger (keras/src/callbacks/csv_logger.py). */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import { checkNames } from '../../options.ts'
import type { Callback } from './callback.ts'
import { textStore, type TextStore } from './stores.ts'

/** Options of {@link csvLogger}. */
export interface CsvLoggerOptions {
  /** A path (in Node), or a function that gets the head and each line as they come. */
  filename: string | ((text: string) => void | Promise<void>)
  /** Default a comma. */
  separator?: string
  /** Go on in a file that is there, rather than begin it anew. Default false. */
  append?: boolean
}

/**
 * A line for each epoch: its number, from 0, and what is logged, sorted by name.
 * @throws ArgumentError; what the file system says
 * @example
 * await model.fit({ x, y }, { epochs: 3, callbacks: [csvLogger({ filename: 'log.csv' })] })
 */
export function csvLogger(options: CsvLoggerOptions): Callback {
  const name = 'csvLogger'
  checkNames(name, options, ['filename', 'separator', 'append'])
  const { filename, separator = ',', append = false } = options
  if (typeof filename !== 'string' && typeof filename !== 'function')
    throw new ArgumentError(name, `filename must be a path or a function, got ${described(filename)}`)
  if (typeof separator !== 'string') throw new ArgumentError(name, `separator must be a text, got ${described(separator)}`)
  const text: TextStore =
    typeof filename === 'string'
      ? textStore(name)
      : { begin: () => Promise.resolve(append), append: async (_, line) => void (await filename(line)) }
  const path = typeof filename === 'string' ? filename : ''
  const line = (values: readonly (string | number)[]) => text.append(path, `${values.join(separator)}\r\n`)
  let keys: readonly string[] | undefined
  let headed = false
  return {
    name,
    async onTrainBegin() {
      keys = undefined
      headed = await text.begin(path, append)
    },
    async onEpochEnd(epoch, logs) {
      if (!keys) {
        const logged = Object.keys(logs).sort()
        keys = logged.some((key) => key.startsWith('val_')) ? logged : [...logged, ...logged.map((key) => `val_${key}`)]
      }
      if (!headed) await line(['epoch', ...keys])
      headed = true
      await line([epoch, ...keys.map((key) => logs[key] ?? 'NA')])
    },
  }
}
