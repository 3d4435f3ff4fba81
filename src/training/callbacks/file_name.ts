/** Names with places for numbers, as Python formats them: `{epoch:02d}-{val_loss:.2f}.keras`. */
import { ArgumentError } from '../../errors.ts'

/** Zeros or blanks to a width, then digits behind the point and the kind: those of Python's formats that numbers need. */
const FORMAT = /^(0?)(\d*)(?:\.(\d+))?([defg]?)$/

function formatted(where: string, place: string, value: number, format: string): string {
  const [, zeros, width = '', digits, kind] = FORMAT.exec(format) ?? []
  const wrong = kind === undefined || (kind === 'd' && (digits !== undefined || !Number.isInteger(value)))
  if (wrong) throw new ArgumentError(where, `a number in a file's name must have a format like 02d or .3f, got ${place}`)
  const text = {
    d: () => String(value),
    e: () => value.toExponential(Number(digits ?? 6)).replace(/e([+-])(\d)$/, 'e$10$2'),
    f: () => value.toFixed(Number(digits ?? 6)),
    g: () => String(Number(value.toPrecision(Number(digits ?? 6) || 1))),
    '': () => (digits === undefined ? String(value) : String(Number(value.toPrecision(Number(digits))))),
  }[kind as 'd' | 'e' | 'f' | 'g' | '']()
  return text.padStart(Number(width), zeros || ' ')
}

/** @throws ArgumentError for a place that no value is for, or a format that is none */
export function fileName(where: string, template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(/\{([^{}:]*)(?::([^{}]*))?\}/g, (place, name: string, format = '') => {
    const value = values[name]
    if (value !== undefined) return formatted(where, place, value, format as string)
    throw new ArgumentError(where, `a place in a file's name must be one of ${Object.keys(values).join(', ')}, got ${place}`)
  })
}
