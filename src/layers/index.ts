/** The layers under one name, of which bundlers keep those that are used. */
export * as layers from './functions.ts'
