/** The network that is being taught, and the device that it is on. */
import { ArgumentError, DeviceError, openDevice, transfer, type Device, type Model, type Transfer } from '../../../src/index.ts'
import type { PlanInfo, TeachPlan, TrunkChoice, TrunkInfo } from '../messages.ts'
import { openTrunk } from './trunk.ts'

/** What of a plan makes another model; the rest is set in the one that there is. */
const shapeOf = ({ classNames, cut, fresh, pixels }: TeachPlan): string => JSON.stringify([classNames.length, cut, fresh, pixels])

export class Session {
  #device: Promise<Device> | undefined
  #trunk: { model: Model; info: TrunkInfo } | undefined
  #transfer: Transfer | undefined
  #plan: TeachPlan | undefined
  /** What was learned, as it was last saved or loaded. */
  #learned: Blob | undefined
  #small = false

  /** Opened when first asked for, and again where it was lost, if `fit` has not done so by itself. @throws DeviceError */
  async device(): Promise<Device> {
    const own = this.#transfer?.model.device
    if (own && !own.isLost) this.#device = Promise.resolve(own)
    const open = await this.#device?.catch(() => undefined)
    if (!open || open.isLost) this.#device = openDevice()
    return this.#device!
  }

  /** The model as it was planned. @throws ArgumentError where there is none yet */
  get model(): Model {
    if (this.#transfer) return this.#transfer.model
    throw new ArgumentError('teach', 'choose a network first')
  }

  async open(choice: TrunkChoice, onBytes: (loaded: number, total: number) => void): Promise<TrunkInfo> {
    const opened = await openTrunk(choice, onBytes)
    this.#transfer?.model.dispose()
    this.#transfer = undefined
    this.#learned = undefined
    this.#trunk = opened
    this.#small = choice.kind === 'builtin'
    return opened.info
  }

  /** Builds what is planned, or changes what there is, whose weights stay. */
  plan(plan: TeachPlan): PlanInfo {
    if (!this.#trunk) throw new ArgumentError('teach', 'choose a network first')
    if (!this.#transfer || !this.#plan || shapeOf(plan) !== shapeOf(this.#plan)) this.#build(this.#trunk, plan)
    this.#plan = plan
    const { trunk, model } = this.#transfer!
    const thawed = this.#trunk.info.blocks[plan.frozen]
    trunk.trainable = false
    if (plan.frozen < plan.cut) trunk.unfreezeFrom(thawed!.first)
    if (plan.classNames.length >= 2) model.classNames = [...plan.classNames]
    const { trainable, total } = model.paramCounts()
    const told = this.#case(plan)
    return { trains: trainable, total, learningRate: (this.#small ? SMALL_RATES : RATES)[told.kind], ...told }
  }

  #build({ model: network, info }: { model: Model; info: TrunkInfo }, plan: TeachPlan): void {
    const whole = plan.cut === info.blocks.length
    const made = transfer(network, {
      dataSize: plan.fresh ? 'large' : 'small',
      similarity: whole && !plan.fresh ? 'similar' : 'different',
      classes: Math.max(2, plan.classNames.length),
      cut: info.blocks[plan.cut - 1]!.name,
      ...(plan.pixels !== 'none' && { preprocess: plan.pixels }),
      name: `taught_${network.name}`,
    })
    this.#transfer?.model.dispose()
    this.#learned = undefined
    made.model.pictures = { interpolation: 'bilinear', aspectRatio: 'crop' }
    this.#transfer = made
  }

  #case({ frozen, cut, fresh }: TeachPlan): Pick<PlanInfo, 'kind' | 'why' | 'advice'> {
    if (fresh) return CASES[4]
    if (frozen < cut) return CASES[3]
    return cut < this.#trunk!.info.blocks.length ? CASES[2] : CASES[1]
  }

  /** The model with all its weights: what was lost with its device is as it was last saved, or as it was made. @throws DeviceError */
  async whole(): Promise<Model> {
    const { model } = this
    if (!model.device?.isLost) return model
    const device = await this.device()
    try {
      await model.compile({ device })
    } catch (error) {
      if (!(error instanceof DeviceError && error.code === 'lost')) throw error
      model.dispose()
      if (this.#learned) await model.loadWeights(this.#learned)
    }
    return model
  }

  /** Compiled for predictions at least. */
  async ready(): Promise<Model> {
    const model = await this.whole()
    const device = await this.device()
    if (model.device !== device) await model.compile({ device })
    return model
  }

  /** @throws DeviceError `lost`, and not older weights in place of those that were learned just now */
  async saveWeights(): Promise<Blob> {
    return (this.#learned = await this.model.saveWeights('weights.h5').blob())
  }

  async loadWeights(file: Blob): Promise<void> {
    const model = await this.whole()
    await model.loadWeights(file)
    this.#learned = file
  }
}

/** Learning rates of Adam in each case; those of Keras's guide, https://keras.io/guides/transfer_learning. */
const RATES = { 1: 1e-3, 2: 1e-3, 3: 1e-5, 4: 1e-3 } as const
/** The small network has few weights, which move further. */
const SMALL_RATES = { 1: 1e-2, 2: 1e-2, 3: 3e-4, 4: 1e-3 } as const

/** The lesson's four cases, as this page says them. */
const CASES: Readonly<Record<1 | 2 | 3 | 4, Pick<PlanInfo, 'kind' | 'why' | 'advice'>>> = {
  1: {
    kind: 1,
    why: 'Few pictures, like those the network has seen: all of it stays frozen, and only a new last layer learns.',
    advice: 'This is where to begin. The frozen part looks at each picture once, so that every further epoch is cheap.',
  },
  2: {
    kind: 2,
    why: 'Few pictures, unlike those the network has seen: only its early layers, which see edges and textures, are used, frozen.',
    advice: 'Choose this if case 1 stays poor. Cut where validation is best: try one block more, then one less.',
  },
  3: {
    kind: 3,
    why: 'Many pictures, like those the network has seen: what is right of the line trains on, from the weights that it has.',
    advice: 'Train with everything frozen first, then thaw from the right and train on at a low rate, so that little is undone.',
  },
  4: {
    kind: 4,
    why: 'Many pictures, unlike those the network has seen: its shape is kept, and all of it learns from random weights.',
    advice: 'Expect many epochs and have many pictures; with few it learns them by heart and validation stays poor.',
  },
}
