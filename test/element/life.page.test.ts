/** `<thaw-classifier>` in time: one device for all, what is left behind, earlier loads, lost devices, platforms without WebGPU; cameras and videos. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import '../../src/element/index.ts'
import { canvas, made, modelFile, next, rows, shown, status } from './support.ts'

let file: Blob
beforeAll(async () => {
  file = await modelFile()
})
afterEach(() => {
  document.body.replaceChildren()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

async function ready(attributes: Record<string, string> = {}, ...children: Node[]) {
  const element = Object.assign(made(attributes, ...children), { file })
  const told = next(element, 'ready')
  document.body.append(element)
  return { element, device: (await told).classifier.model.device! }
}

test('all elements share one device, which goes with the last', async () => {
  const [one, two] = await Promise.all([ready(), ready()])
  expect(one.device).toBe(two.device)
  one.element.remove()
  await new Promise((done) => setTimeout(done, 20))
  expect((await two.element.classify(canvas())).length).toBe(2)
  two.element.remove()
  await expect.poll(() => one.device.isLost).toBe(true)
  expect(one.device.live.buffers).toBe(0)
  expect(() => one.device.check()).toThrow('disposed')
  expect([one.element.classifier, two.element.classifier]).toEqual([undefined, undefined])
})

test('back in the page it begins anew; moved within the page it goes on', async () => {
  const { element, device } = await ready({}, canvas())
  const { classifier } = element
  document.body.append(document.createElement('div'))
  document.body.lastElementChild!.append(element)
  await new Promise((done) => setTimeout(done, 20))
  expect(element.classifier).toBe(classifier)
  element.remove()
  await expect.poll(() => device.isLost).toBe(true)
  const again = next(element, 'classify')
  document.body.append(element)
  expect((await again).classes.length).toBe(2)
  expect(element.classifier!.model.device).not.toBe(device)
})

test('another src while the first one loads ends that load', async () => {
  const signals: AbortSignal[] = []
  const fetch: typeof globalThis.fetch = (url, init) => {
    expect(String(url as string)).toMatch(/\/slow2?\.keras$/)
    signals.push(init!.signal!)
    return new Promise((_, reject) => init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error)))
  }
  const element = made({ src: '/slow.keras' })
  element.options = { fetch }
  const told: string[] = []
  for (const type of ['ready', 'error'] as const) element.addEventListener(type, () => told.push(type))
  document.body.append(element)
  await expect.poll(() => signals.length).toBe(1)
  expect(status(element)).toBe('Loading the model')
  element.src = '/slow2.keras'
  await expect.poll(() => signals.length).toBe(2)
  element.options = {}
  element.file = file
  await expect.poll(() => told).toEqual(['ready'])
  expect(signals.map((s) => s.aborted)).toEqual([true, true])
})

test.each([
  ['Choose, drop or paste a picture.', []],
  ['', [canvas()]],
])('a src that goes while it loads leaves nothing busy: "%s"', async (said, slotted) => {
  const attach = vi.spyOn(HTMLElement.prototype, 'attachInternals')
  const element = made({ src: '/slow.keras' }, ...slotted)
  const internals = attach.mock.results[0]!.value as ElementInternals
  element.options = { fetch: () => new Promise(() => undefined) }
  document.body.append(element)
  await expect.poll(() => [internals.ariaBusy, status(element)]).toEqual(['true', 'Loading the model'])
  element.src = null
  await expect.poll(() => [internals.ariaBusy, status(element)]).toEqual([null, said])
})

test('attributes that are set one after the other make one load', async () => {
  const element = Object.assign(made(), { file })
  let count = 0
  element.addEventListener('ready', () => count++)
  document.body.append(element)
  element.preprocess = 'tf'
  element.size = '4'
  element.labels = null
  await expect.poll(() => count).toBe(1)
  expect((await element.classify(canvas())).length).toBe(2)
  expect(count).toBe(1)
})

test('goes on by itself when the device is lost, and says so when each one is', async () => {
  const { element, device } = await ready({}, canvas())
  const again = next(element, 'ready')
  device.gpu.destroy()
  const { classifier } = await again
  expect(classifier.model.device).not.toBe(device)
  expect((await element.classify(canvas())).length).toBe(2)
  const failed = next(element, 'error')
  const heard = new Promise((done) => element.shadowRoot!.addEventListener('slotchange', done, { once: true }))
  element.replaceChildren() // nothing to see, so that nothing is seen in between
  await heard
  element.addEventListener('ready', (event) => event.detail.classifier.model.device!.gpu.destroy())
  element.classifier!.model.device!.gpu.destroy()
  expect(await failed).toMatchObject({ code: 'lost', message: expect.stringContaining('load the page again') as string })
})

test('without WebGPU, and without an adapter: what to do, in a sentence', async () => {
  const told = async () => {
    const element = Object.assign(made({}, canvas()), { file })
    const failed = next(element, 'error')
    let errors = 0
    element.addEventListener('error', () => errors++)
    document.body.append(element)
    const { code } = await failed
    await new Promise((done) => setTimeout(done, 50))
    expect(errors).toBe(1)
    return [code, status(element)]
  }
  vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null)
  expect(await told()).toEqual(['no-adapter', expect.stringContaining("switch on graphics acceleration in the browser's settings")])
  vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(undefined as never)
  expect(await told()).toEqual(['no-webgpu', expect.stringContaining('take a current Chrome, Edge, Safari or Firefox')])
})

/** A camera that shows a canvas. */
function camera() {
  const from = canvas()
  const stream = from.captureStream(30)
  const paint = setInterval(() => from.getContext('2d')!.fillRect(0, 0, 1, 1), 30)
  stream.getTracks()[0]!.addEventListener('ended', () => clearInterval(paint))
  const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockResolvedValue(stream)
  return { stream, asked, stop: () => clearInterval(paint) }
}

test('the camera starts by its button alone, and stops by it, and when the element goes', async () => {
  const { stream, asked, stop } = camera()
  const { element } = await ready({ source: 'webcam', facing: 'environment' })
  const button = shown(element, 'camera')
  expect([button.textContent, shown(element, 'choose').hidden, asked.mock.calls.length]).toEqual(['Start the camera', true, 0])
  let frames = 0
  element.addEventListener('classify', () => frames++)
  button.click()
  await expect.poll(() => frames).toBeGreaterThan(2)
  expect(asked.mock.calls).toEqual([[{ video: { facingMode: 'environment' } }]])
  expect([button.textContent, shown(element, 'video').hidden, rows(element).length]).toEqual(['Stop the camera', false, 2])
  button.click()
  expect(stream.getTracks().map((t) => t.readyState)).toEqual(['ended'])
  expect((shown(element, 'video') as HTMLVideoElement).srcObject).toBe(null)
  stop()
  const second = camera()
  await element.startCamera()
  element.remove()
  await expect.poll(() => second.stream.getTracks()[0]!.readyState).toBe('ended')
  second.stop()
})

test.each([
  ['NotAllowedError', 'camera-refused', 'allow it beside the page'],
  ['NotFoundError', 'camera-missing', 'connect one'],
  ['NotReadableError', 'camera-busy', 'close what uses it'],
  ['AbortError', 'camera-failed', 'the camera must start'],
])('a camera with %s: %s, and pictures still work', async (name, code, sentence) => {
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValue(new DOMException('no', name))
  const { element } = await ready({ source: 'webcam' })
  const failed = next(element, 'error')
  shown(element, 'camera').click()
  expect((await failed).code).toBe(code)
  expect(status(element).toLowerCase()).toContain(sentence)
  expect((await element.classify(canvas())).length).toBe(2)
})

test('a camera that is allowed after the element has gone is switched off', async () => {
  const { stream, asked, stop } = camera()
  let allow = () => undefined as void
  asked.mockReturnValue(new Promise((resolve) => (allow = () => resolve(stream))))
  const { element } = await ready({ source: 'webcam' })
  const started = element.startCamera()
  element.remove()
  await new Promise((done) => setTimeout(done, 20))
  allow()
  await expect(started).rejects.toMatchObject({ name: 'AbortError' })
  expect(stream.getTracks()[0]!.readyState).toBe('ended')
  stop()
})

test('a slotted video, frame by frame', async () => {
  const from = canvas()
  const video = Object.assign(document.createElement('video'), { muted: true, srcObject: from.captureStream(30) })
  const paint = setInterval(() => from.getContext('2d')!.fillRect(0, 0, 1, 1), 30)
  const { element } = await ready({}, video)
  let frames = 0
  element.addEventListener('classify', () => frames++)
  await video.play()
  await expect.poll(() => frames).toBeGreaterThan(2)
  video.remove()
  await expect.poll(() => status(element)).toBe('Choose, drop or paste a picture.')
  const before = frames
  await new Promise((done) => setTimeout(done, 200))
  expect(frames).toBe(before)
  clearInterval(paint)
})
