/** Layers that augment. */
export { RandomBrightness, RandomColorJitter, RandomContrast, RandomGrayscale, RandomHue, RandomSaturation } from './color.ts'
export { CenterCrop, RandomCrop } from './cropping.ts'
export { RandomErasing } from './erasing.ts'
export { RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom } from './geometric.ts'
