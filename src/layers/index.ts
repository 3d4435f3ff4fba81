/**
 * The layers under one name, of which bundlers keep those that are used.
 * @example
 * const map = layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }).apply(input)
 * map.shape // [null, 6, 6, 16]
 * layers.globalAveragePooling2d().apply(map).shape // [null, 16]
 */
export * as layers from './functions.ts'
