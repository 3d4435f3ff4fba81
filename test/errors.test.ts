/** Errors keep their names where a minifier renames their classes. */
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import * as errors from '../src/errors.ts'

type Make = new (...args: string[]) => Error

test.each(['as they stand', 'minified'])('every error says its own name: %s', async (how) => {
  const { outputFiles } = await build({ entryPoints: ['src/errors.ts'], bundle: true, minify: true, format: 'esm', write: false })
  const code = outputFiles[0]!.text
  const minified = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as typeof errors
  const all = Object.entries(how === 'minified' ? minified : errors)
  const classes = all.filter(([, what]) => what.prototype instanceof Error) as unknown as [string, Make][]
  expect(classes.length).toBe(7)
  for (const [name, Class] of classes) {
    if (how === 'minified') expect(Class.name).not.toBe(name)
    const error = new Class('what', 'where', 'why')
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(name)
    expect(String(error).startsWith(`${name}: `)).toBe(true)
    expect(error.stack!.startsWith(`${name}: `)).toBe(true) // what a console shows of an error that nobody catches
    error.name = 'other' // as some loggers do
    expect(error.name).toBe('other')
  }
})
