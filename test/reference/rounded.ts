/** Arithmetic that knows how far off it is: numbers in f64 with what the same f32 operations may have lost. */
import { EPS, FTZ } from './reference.ts'
import { CONSTANT, DIVISION, SQRT } from './values.ts'

export interface Rounded {
  readonly value: number
  /** Largest distance of the f32 result. */
  readonly bound: number
}

const made = (value: number, inherited: number, ulps: number): Rounded => ({ value, bound: inherited + ulps * EPS * Math.abs(value) + FTZ })

/** What is an f32 number. */
export const exact = (value: number): Rounded => ({ value, bound: 0 })

/** A number such as 0.1, rounded to f32. */
export const constant = (value: number): Rounded => made(value, 0, CONSTANT)

export const add = (a: Rounded, b: Rounded): Rounded => made(a.value + b.value, a.bound + b.bound, 1)

export const negative = (a: Rounded): Rounded => ({ value: -a.value, bound: a.bound })

export const subtract = (a: Rounded, b: Rounded): Rounded => add(a, negative(b))

export function multiply(a: Rounded, b: Rounded): Rounded {
  return made(a.value * b.value, Math.abs(a.value) * b.bound + Math.abs(b.value) * a.bound + a.bound * b.bound, 1)
}

export function divide(a: Rounded, b: Rounded): Rounded {
  const value = a.value / b.value
  return made(value, (a.bound + Math.abs(value) * b.bound) / Math.max(0, Math.abs(b.value) - b.bound), DIVISION)
}

export function squareRoot(a: Rounded): Rounded {
  const value = Math.sqrt(a.value)
  const inherited = Math.max(Math.sqrt(a.value + a.bound) - value, value - Math.sqrt(Math.max(0, a.value - a.bound)))
  return made(value, inherited, SQRT)
}

export const larger = (a: Rounded, b: Rounded): Rounded => ({
  value: Math.max(a.value, b.value),
  bound: Math.max(a.bound, b.bound),
})

export const absolute = (a: Rounded): Rounded => ({ value: Math.abs(a.value), bound: a.bound })

/** Either sign where the number is not surely one. */
export const signOf = (a: Rounded): Rounded => ({ value: Math.sign(a.value), bound: Math.abs(a.value) <= a.bound ? 2 : 0 })
