/** The engine behind all elements of a page: loaded when the first needs it, and one device for them all, as long as one is there. */
import type { Device } from '../device/device.ts'
import { lazy } from '../lazy.ts'
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
  const { openDevice } = await lazy(import('../device/device.ts'))
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
  if (!(navigator as { readonly gpu?: GPU }).gpu) throw (await lazy(import('../device/missing.ts'))).noWebGpu()
  return lazy(import('../models/classifier.ts'))
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
