/** The rules of optimizers as text for the shader of `optimize`: written once, in rules.wgsl. */
import source from './rules.wgsl'

const RULES = [
  'descent',
  'momentum',
  'rmsprop',
  'rmspropOutside',
  'adagrad',
  'adagradOutside',
  'adadelta',
  'adam',
  'adamax',
  'nadam',
  'lion',
] as const

export type RuleName = (typeof RULES)[number]

export const isRule = (name: string): boolean => (RULES as readonly string[]).includes(name)

/** Text of a function of the file. */
const functionNamed = (name: string): string => new RegExp(`^fn ${name}\\((?:.*\\}|[^]*?\\n\\})$`, 'm').exec(source)![0]

/** A rule as the function `rule`, and what it calls. */
export function ruleText(name: RuleName): string {
  const own = functionNamed(name).replace(`fn ${name}(`, 'fn rule(')
  return own.includes('moved(') ? `${functionNamed('moved')}\n\n${own}` : own
}
