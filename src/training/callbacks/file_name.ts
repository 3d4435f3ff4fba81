/** Names with places for numbers, as Python formats them: `{epoch:02d}-{val_loss:.2f}.keras`. */
import { ArgumentError } from '../../errors.ts'

/** Zeros or blanks to a width, then digits behind the point and the kind: those of Python's formats that numbers need. */
const FORMAT = /^(0?)(\d*)(?:\.(\d+))?([defg]?)$/

const exponential = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2')

/** Halves go to the even digit. */
function fixed(value: number, digits: number): string {
  const isHalf = Math.abs(value * 2 ** (digits + 1)) % 2 === 1 // exactly: what 10 has besides 2 is odd
  return isHalf ? value.toFixed(digits).replace(/[13579]$/, (d) => String(Number(d) - 1)) : value.toFixed(digits)
}

/** With an exponent below 1e-4, and from where the digits do not reach. */
function general(value: number, digits: number): string {
  const exponent = Number(/e(.*)$/.exec(value.toExponential())?.[1] ?? 0)
  return exponent < -4 || exponent >= digits ? exponential(value.toExponential()) : String(value)
}

const rounded = (value: number, digits: number) => general(Number(value.toPrecision(digits || 1)), digits || 1)

function padded(text: string, width: number, zeros: boolean): string {
  if (!zeros) return text.padStart(width, ' ')
  const sign = text.startsWith('-') ? '-' : ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

function formatted(where: string, place: string, value: number, format: string): string {
  const [, zeros, width, digits, kind] = FORMAT.exec(format) ?? []
  const wrong = kind === undefined || (kind === 'd' && (digits !== undefined || !Number.isInteger(value)))
  if (wrong) throw new ArgumentError(where, `a number in a file's name must have a format like 02d or .3f, got ${place}`)
  const text = {
    d: () => String(value),
    e: () => exponential(value.toExponential(Number(digits ?? 6))),
    f: () => fixed(value, Number(digits ?? 6)),
    g: () => rounded(value, Number(digits ?? 6)),
    '': () => (digits === undefined ? general(value, 16) : rounded(value, Number(digits))),
  }[kind as 'd' | 'e' | 'f' | 'g' | '']()
  return padded(text, Number(width), zeros === '0')
}

/** @throws ArgumentError for a place that no value is for, or a format that is none */
export function fileName(where: string, template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(/\{([^{}:]*)(?::([^{}]*))?\}/g, (place, name: string, format = '') => {
    const value = values[name]
    if (value !== undefined) return formatted(where, place, value, format as string)
    throw new ArgumentError(where, `a place in a file's name must be one of ${Object.keys(values).join(', ')}, got ${place}`)
  })
}
