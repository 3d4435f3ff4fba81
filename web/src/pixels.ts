/** What pixels 0..255 become before a network has them; `none`: nothing. */
export type Pixels = 'none' | 'caffe' | 'tf' | 'torch' | 'unit' | 'bvlc'

/** What people choose from. */
export const PIXELS: readonly (readonly [Pixels, string])[] = [
  ['none', 'as they are, 0 to 255'],
  ['tf', '-1 to 1 (Inception, MobileNet, Xception)'],
  ['caffe', 'BGR, less the mean (VGG, ResNet)'],
  ['torch', 'mean 0, deviation 1 (DenseNet)'],
  ['unit', '0 to 1'],
  ['bvlc', 'BGR, less the mean, as Caffe’s own networks (AlexNet, GoogLeNet)'],
]
