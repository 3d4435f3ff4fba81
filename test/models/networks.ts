/** Every network, with top at its default size and without at an odd one, and what real Keras computed with it (test/golden/make_networks.py). */
import type { ApplicationOptions } from '../../src/models/application.ts'
import type { AnyModel } from '../../src/training/model.ts'
import { alexnet } from '../../src/models/alexnet.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { resnet101, resnet152, resnet50 } from '../../src/models/resnet.ts'
import { resnet50Legacy } from '../../src/models/resnet_legacy.ts'
import { vgg16, vgg19 } from '../../src/models/vgg.ts'
import goldenAlexnet from '../golden/alexnet.json' with { type: 'json' }
import goldenAlexnetOdd from '../golden/alexnet_notop_75x98.json' with { type: 'json' }
import goldenGooglenet from '../golden/googlenet.json' with { type: 'json' }
import goldenGooglenetOdd from '../golden/googlenet_notop_75x50.json' with { type: 'json' }
import goldenInception from '../golden/inception_v3.json' with { type: 'json' }
import goldenInceptionOdd from '../golden/inception_v3_139.json' with { type: 'json' }
import goldenResnet101 from '../golden/resnet101.json' with { type: 'json' }
import goldenResnet101Odd from '../golden/resnet101_notop_75x50.json' with { type: 'json' }
import goldenResnet152 from '../golden/resnet152.json' with { type: 'json' }
import goldenResnet152Odd from '../golden/resnet152_notop_75x50.json' with { type: 'json' }
import goldenResnet50 from '../golden/resnet50.json' with { type: 'json' }
import goldenResnet50Odd from '../golden/resnet50_notop_75x50.json' with { type: 'json' }
import goldenLegacy from '../golden/resnet50_legacy.json' with { type: 'json' }
import goldenLegacyOdd from '../golden/resnet50_legacy_notop_75x50.json' with { type: 'json' }
import goldenVgg16 from '../golden/vgg16.json' with { type: 'json' }
import goldenVgg16Odd from '../golden/vgg16_notop_75x50.json' with { type: 'json' }
import goldenVgg19 from '../golden/vgg19.json' with { type: 'json' }
import goldenVgg19Odd from '../golden/vgg19_notop_75x50.json' with { type: 'json' }
import type { GoldenNetwork } from '../support/golden.ts'

export interface NetworkCase {
  readonly name: string
  readonly golden: GoldenNetwork
  readonly make: (options?: ApplicationOptions) => Promise<AnyModel>
  /** Of the recipe's picture. Default: to [0, 1]. */
  readonly scale?: number
}

const odd = { includeTop: false, inputShape: [75, 50, 3] } as const

/** With top, at the size that the network was trained on. */
export const whole: readonly NetworkCase[] = [
  { name: 'vgg16', golden: goldenVgg16, make: vgg16 },
  { name: 'vgg19', golden: goldenVgg19, make: vgg19 },
  { name: 'inceptionV3', golden: goldenInception, make: inceptionV3 },
  { name: 'resnet50', golden: goldenResnet50, make: resnet50 },
  { name: 'resnet101', golden: goldenResnet101, make: resnet101 },
  { name: 'resnet152', golden: goldenResnet152, make: resnet152 },
  { name: 'resnet50Legacy', golden: goldenLegacy, make: resnet50Legacy },
  { name: 'alexnet', golden: goldenAlexnet, make: alexnet, scale: 1 },
  {
    name: 'googlenet with auxiliary heads',
    golden: goldenGooglenet,
    make: (options) => googlenet({ ...options, auxiliaryHeads: true }),
    scale: 1,
  },
]

/** Without top, at a size that no window divides. */
export const trunks: readonly NetworkCase[] = [
  { name: 'vgg16 trunk, 75x50', golden: goldenVgg16Odd, make: () => vgg16(odd) },
  { name: 'vgg19 trunk, 75x50', golden: goldenVgg19Odd, make: () => vgg19(odd) },
  {
    name: 'inceptionV3 trunk, 139x139',
    golden: goldenInceptionOdd,
    make: () => inceptionV3({ includeTop: false, inputShape: [139, 139, 3] }),
  },
  { name: 'resnet50 trunk, 75x50', golden: goldenResnet50Odd, make: () => resnet50(odd) },
  { name: 'resnet101 trunk, 75x50', golden: goldenResnet101Odd, make: () => resnet101(odd) },
  { name: 'resnet152 trunk, 75x50', golden: goldenResnet152Odd, make: () => resnet152(odd) },
  {
    name: 'resnet50Legacy trunk without pool padding, 75x50',
    golden: goldenLegacyOdd,
    make: () => resnet50Legacy({ ...odd, poolPadding: false }),
  },
  {
    name: 'alexnet trunk in the order of CaffeNet, 75x98',
    golden: goldenAlexnetOdd,
    make: () => alexnet({ includeTop: false, inputShape: [75, 98, 3], variant: 'caffenet' }),
    scale: 1,
  },
  { name: 'googlenet trunk, 75x50', golden: goldenGooglenetOdd, make: () => googlenet(odd), scale: 1 },
]
