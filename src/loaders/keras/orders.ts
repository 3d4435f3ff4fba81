/** What tells which backend made a file, and the order of its axes, before any weight is looked at: names of weights, the config, the file's name. */
import type { DimOrdering, KernelKind } from './weights_file.ts'

/** Which backend made the weights of a file of Keras 1: TensorFlow puts `:0` behind every name, Theano nothing. Undefined for a mixture. */
export function kernelsByNames(paths: readonly string[]): KernelKind | undefined {
  const named = paths.filter((path) => !/(^|\/)param_\d+$/.test(path)) // what Keras calls a weight that has no name
  const numbered = named.filter((path) => path.endsWith(':0'))
  if (!named.length || (numbered.length && numbered.length < named.length)) return undefined
  return numbered.length ? 'tensorflow' : 'theano'
}

/** The orders of axes that the text of a config speaks of: none, one or both. */
export function ordersIn(config: string): ReadonlySet<DimOrdering> {
  const found = new Set(config.match(/"(?:dim_ordering": *"(?:th|tf)|data_format": *"channels_(?:first|last))"/g))
  return new Set([...found].map((text) => (/th"$|first"$/.test(text) ? 'th' : 'tf')))
}

/** The one order of axes that the text of a config speaks of; undefined where it says none, or both. */
export function orderingIn(config: string | undefined): DimOrdering | undefined {
  const orders = ordersIn(config ?? '')
  return orders.size === 1 ? [...orders][0] : undefined
}

/** What a file's name says, as those of Keras's releases do: `vgg16_weights_th_dim_ordering_th_kernels.h5`. */
export function namedOrders(fileName: string): { kernels?: KernelKind; dimOrdering?: DimOrdering } {
  const kernels = /(th|tf)_kernels/.exec(fileName)?.[1]
  const order = /(th|tf)_dim_ordering/.exec(fileName)?.[1]
  return {
    ...(kernels && { kernels: kernels === 'th' ? 'theano' : 'tensorflow' }),
    ...(order && { dimOrdering: order as DimOrdering }),
  }
}
