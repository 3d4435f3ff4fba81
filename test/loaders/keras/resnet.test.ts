/** The two releases of ResNet50: one file name, other layer names, another order of weights. */
import { describe, expect, test } from 'vitest'
import type { KerasWeightsFile } from '../../../src/loaders/keras/weights_file.ts'
import { matchWeights } from '../../../src/loaders/keras/match.ts'
import type { WeightTarget } from '../../../src/loaders/keras/weights_file.ts'
import { differ, otherRelease } from '../../../src/loaders/keras/resnet_names.ts'
import type { Dataset } from '../../../src/loaders/hdf5/dataset.ts'

const shape = [1, 1, 64, 256]
const target = (layer: string): WeightTarget => ({ layer, className: 'Conv2D', parameters: [{ name: 'kernel', shape }] })
const file = (names: readonly string[]): KerasWeightsFile => ({
  variant: 'weights only, Keras 2.15.0',
  fileName: 'resnet50_weights_tf_dim_ordering_tf_kernels.h5',
  era: 2,
  named: true,
  layers: names.map((name) => ({ name, weights: [{ name: 'kernel', source: { shape, path: `/${name}` } as unknown as Dataset }] })),
})

// The first block with a projection, in each release's order of layers: all four of one shape.
const OLD = ['res2a_branch2c', 'res2a_branch1']
const NEW = ['conv2_block1_0_conv', 'conv2_block1_3_conv']

describe.each(['name', 'order'] as const)('by %s', (by) => {
  test('old weights in the new network are refused, with the network that takes them', () => {
    expect(() => matchWeights(file(OLD), NEW.map(target), { by })).toThrow(
      'the file is of the old ResNet50 release, which is the network resnet50Legacy(), got res2a_branch2c for a network with conv2_block1_0_conv',
    )
  })
  test('new weights in the old network too', () => {
    expect(() => matchWeights(file(NEW), OLD.map(target), { by })).toThrow(
      'the file is of the new ResNet50 release, which is the network resnet50(), got conv2_block1_0_conv for a network with res2a_branch2c',
    )
  })
  test('a release in its own network', () => {
    for (const names of [OLD, NEW]) expect(matchWeights(file(names), names.map(target), { by }).assignments.length).toBe(2)
  })
})

test('names of one release in another order are refused by order', () => {
  expect(() => matchWeights(file(OLD), OLD.toReversed().map(target), { by: 'order' })).toThrow(
    "[res2a_branch1] must not get the weights of another layer by order, got the file's res2a_branch2c",
  )
})

test('an explicit map of names is followed', () => {
  const rename = { conv2_block1_0_conv: 'res2a_branch1', conv2_block1_3_conv: 'res2a_branch2c' }
  const { report } = matchWeights(file(OLD), NEW.map(target), { rename })
  expect(report.loaded.map((l) => l.path)).toEqual(['/res2a_branch1', '/res2a_branch2c'])
})

test.each([
  ['res2a_branch2a', 'conv2_block1_1_conv'],
  ['bn5c_branch2b', 'conv5_block3_2_bn'],
  ['res4f_branch2c', 'conv4_block6_3_conv'],
  ['bn3a_branch1', 'conv3_block1_0_bn'],
  ['bn_conv1', 'conv1_bn'],
])('%s is %s', (theirs, ours) => {
  expect(differ(theirs, ours)).toBe(false)
  expect(differ(theirs, 'conv5_block1_1_conv')).toBe(true)
  expect(differ(theirs, 'predictions')).toBe(false)
})

test('other networks are no release of it', () => {
  expect(otherRelease(['block1_conv1'], ['conv2_block1_0_conv'])).toBe(undefined)
  expect(otherRelease(['conv1', 'res2a_branch1'], ['conv1', 'predictions'])).toBe(undefined)
})
