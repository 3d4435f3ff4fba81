/** The engine behind all elements of a page: loaded when the first needs it, and one device for them all, as long as one is there. */
import type { Device } from '../device/device.ts'
import { ThawError } from '../errors.ts'
import type { WeightsInput } from '../loaders/keras/load_weights.ts'
import type { Classifier, ClassifierOptions } from '../models/classifier.ts'

/** Those that use the device or wait for it. */
let users = 0
let opened: Promise<Device> | undefined

/** A classifier on the device of all. */
export interface Loaded {
  readonly classifier: Classifier
  /** Settles when the device is lost, or has been disposed. */
  readonly lost: Promise<unknown>
  dispose(): void
}

async function open(): Promise<Device> {
  const { openDevice } = await import('../device/device.ts')
  return openDevice()
}

/** The device of all, opened anew where it is lost or none. @throws DeviceError */
function sharedDevice(): Promise<Device> {
  if (opened) return opened
  const opening = open()
  const forget = () => {
    if (opened === opening) opened = undefined
  }
  opening.then((device) => device.lost.then(forget), forget)
  return (opened = opening)
}

/** One fewer; the last one takes the device along. */
function leave(): void {
  if (--users) return
  void opened?.then(
    (device) => device.dispose(),
    () => undefined,
  )
  opened = undefined
}

/** @throws DeviceError `no-webgpu`, before anything of the engine is loaded; ThawError `engine` where that cannot be */
async function engine() {
  const asked = (cause: unknown) => {
    throw new ThawError('engine', '[thaw-classifier] the engine must load, got no answer: check the network and load the page again', {
      cause,
    })
  }
  if (!(navigator as { readonly gpu?: GPU }).gpu) throw (await import('../device/missing.ts').catch(asked)).noWebGpu()
  return import('../models/classifier.ts').catch(asked)
}

/** @throws as classifierOf; DeviceError; ThawError `engine`; the signal's reason */
export async function load(file: WeightsInput, options: ClassifierOptions & { readonly signal: AbortSignal }): Promise<Loaded> {
  users++
  try {
    const { classifierOf, inPage } = await engine()
    options.signal.throwIfAborted()
    const device = await sharedDevice()
    options.signal.throwIfAborted()
    const classifier = await classifierOf(inPage, file, { ...options, device })
    return { classifier, lost: device.lost, dispose: () => (classifier.dispose(), leave()) }
  } catch (error) {
    leave()
    throw error
  }
}
