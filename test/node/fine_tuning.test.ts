/** Whole networks in five steps of fine-tuning, their statistics kept, against real Keras in f64. */
import { describe, test } from 'vitest'
import type { Network } from '../../src/layers/network.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { resnet50 } from '../../src/models/resnet.ts'
import efficientNet from '../golden/models/efficientnet_b0_64.json' with { type: 'json' }
import mobileNet from '../golden/models/mobilenet_v2_64.json' with { type: 'json' }
import goldenEfficientNet from '../golden/training/finetune_efficientnet_b0.json' with { type: 'json' }
import goldenInception from '../golden/training/finetune_inception_v3.json' with { type: 'json' }
import goldenMobileNet from '../golden/training/finetune_mobilenet_v2.json' with { type: 'json' }
import goldenResnet from '../golden/training/finetune_resnet50.json' with { type: 'json' }
import { networkOf } from '../support/application_config.ts'
import { useDevice } from '../support/device.ts'
import { expectTuning, type GoldenTuning } from '../support/fine_tuning.ts'

const device = useDevice()

interface TuningCase {
  readonly name: string
  readonly golden: GoldenTuning
  readonly make: (size: number) => Promise<Network>
}

const cases: readonly TuningCase[] = [
  { name: 'MobileNetV2', golden: goldenMobileNet, make: (size) => networkOf(mobileNet.config, size) },
  { name: 'EfficientNetB0', golden: goldenEfficientNet, make: (size) => networkOf(efficientNet.config, size) },
  { name: 'ResNet50', golden: goldenResnet, make: (size) => resnet50({ includeTop: false, inputShape: [size, size, 3] }) },
  { name: 'InceptionV3', golden: goldenInception, make: (size) => inceptionV3({ includeTop: false, inputShape: [size, size, 3] }) },
]

describe.each(cases)('$name', ({ golden, make }) => {
  test('five steps move every weight as Keras moves it', { timeout: 600_000 }, async () =>
    expectTuning(device(), await make(golden.size), golden),
  )
})
