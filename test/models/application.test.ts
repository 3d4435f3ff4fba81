/** Options that all networks take: what to build on, which weights, and what does not go together. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError, ShapeError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { alexnet } from '../../src/models/alexnet.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { resnet50 } from '../../src/models/resnet.ts'
import { resnet50Legacy } from '../../src/models/resnet_legacy.ts'
import { vgg16, vgg19 } from '../../src/models/vgg.ts'

describe('inputTensor', () => {
  test('an input of the user is the input of the network', async () => {
    const input = layers.input({ shape: [40, 50, 3], name: 'camera' })
    const model = await vgg16({ includeTop: false, inputTensor: input })
    expect(model.input).toBe(input)
    expect(model.outputs[0]!.shape).toEqual([null, 1, 1, 512])
    expect(model.layers[0]!.name).toBe('camera')
  })

  test('what layers made of an input is built upon, and they are part of the network', async () => {
    const input = layers.input({ shape: [32, 32, 3] })
    const large = layers.resizing({ height: 139, width: 139, name: 'large' }).apply(input)
    const model = await inceptionV3({ includeTop: false, inputTensor: large })
    expect(model.input).toBe(input)
    expect(model.outputs[0]!.shape).toEqual([null, 3, 3, 2048])
    expect(model.getLayer('large').className).toBe('Resizing')
  })

  test('made of two inputs, the network has both', async () => {
    const inputs = [layers.input({ shape: [20, 40, 3] }), layers.input({ shape: [20, 40, 3] })]
    const merged = layers.resizing({ height: 64, width: 64 }).apply(layers.add().apply(inputs))
    expect((await vgg16({ includeTop: false, inputTensor: merged })).inputs).toEqual(inputs)
  })

  test('refused: together with inputShape, too small', async () => {
    const small = layers.input({ shape: [20, 40, 3] })
    await expect(vgg16({ inputShape: [32, 32, 3], inputTensor: small })).rejects.toThrow(ArgumentError)
    await expect(vgg19({ inputTensor: small })).rejects.toThrow('[vgg19] input size must be at least 32x32, got [20,40,3]')
  })
})

describe("weights: 'imagenet'", () => {
  /** Answers requests for ranges of a file, as a server does. */
  function serve(file: Blob): { fetch: typeof fetch; urls: Set<string> } {
    const urls = new Set<string>()
    const answer = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
      urls.add(url instanceof Request ? url.url : String(url))
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range')!)!
      const body = file.slice(Number(from), Number(to) + 1)
      const headers = { 'content-range': `bytes ${from}-${Number(from) + body.size - 1}/${file.size}`, etag: '"1"' }
      return Promise.resolve(new Response(body, { status: 206, headers }))
    }
    return { fetch: answer, urls }
  }

  test('takes the official file of the network and part, which has the size it must have', async () => {
    const { fetch, urls } = serve(new Blob([new Uint8Array(2000)]))
    const error = await vgg16({ includeTop: false, weights: 'imagenet', store: { fetch, cache: null } }).catch(
      (e: unknown) => e as FileError,
    )
    expect([...urls]).toEqual([expect.stringMatching(/\/vgg16_weights_tf_dim_ordering_tf_kernels_notop\.h5$/)])
    expect(error).toMatchObject({ code: 'integrity' })
    expect((error as FileError).message).toContain('must have 58889256 bytes, got 2000')
  })

  test('mirrors are asked first', async () => {
    const gone = () => Promise.resolve(new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }))
    const store = { fetch: gone, cache: null, mirrors: ['https://mirror.example/weights/'] }
    const error = await resnet50Legacy({ weights: 'imagenet', store }).catch((e: unknown) => e as FileError)
    expect(error).toBeInstanceOf(FileError)
    expect((error as FileError).message).toContain('mirror.example/weights/resnet50_weights_tf_dim_ordering_tf_kernels.h5')
    expect((error as FileError).message).toContain('404')
  })

  test('networks without official weights say so', async () => {
    await expect(alexnet({ weights: 'imagenet' })).rejects.toThrow(/alexnet.*vgg16/)
    await expect(googlenet({ weights: 'imagenet' })).rejects.toThrow(ArgumentError)
  })

  test('the rules of Keras: 1000 classes, the size that was trained, three channels', async () => {
    await expect(resnet50({ weights: 'imagenet', classes: 10 })).rejects.toThrow(
      '[resnet50] classes must be 1000 for weights imagenet with top, got 10',
    )
    const size = '[resnet50] inputShape must be [224,224,3] for weights imagenet with top, got [96,96,3]'
    await expect(resnet50({ weights: 'imagenet', inputShape: [96, 96, 3] })).rejects.toThrow(size)
    const channels = '[resnet50] the input must have 3 channels for weights imagenet, got [96,96,1]'
    await expect(resnet50({ weights: 'imagenet', includeTop: false, inputShape: [96, 96, 1] })).rejects.toThrow(channels)
  })
})

test('options of single networks, and those that nothing would come of, are refused', async () => {
  await expect(alexnet({ variant: 'zfnet' as never })).rejects.toThrow('[alexnet] variant must be bvlc or caffenet, got zfnet')
  await expect(vgg16({ inputShape: 64 as never })).rejects.toThrow('[vgg16] inputShape must be [height,width,channels], got 64')
  await expect(alexnet({ inputShape: [66, 80, 3] })).rejects.toThrow('[alexnet] input size must be at least 67x67, got [66,80,3]')
  await expect(googlenet({ includeTop: false, auxiliaryHeads: true })).rejects.toThrow('auxiliaryHeads is for includeTop true')
  await expect(googlenet({ auxiliaryHeads: true, inputShape: [64, 64, 3] })).rejects.toThrow(ShapeError)
  await expect(resnet50Legacy({ poolPadding: 1 as never })).rejects.toThrow('poolPadding must be true or false, got 1')
  await expect(vgg16({ includeTop: false, classifierActivation: 'linear' })).rejects.toThrow('classifierActivation is for includeTop true')
  await expect(vgg16({ loading: { by: 'order' } })).rejects.toThrow('[vgg16] loading is for weights, got none')
  await expect(vgg16({ store: { mirrors: [] } })).rejects.toThrow('[vgg16] store is for weights imagenet, got other weights')
})

test('files that are laid out otherwise load with options', async () => {
  const file = await (await alexnet({ includeTop: false })).saveWeights('h5').blob()
  const model = await alexnet({ includeTop: false, variant: 'caffenet', weights: file, loading: { by: 'order' } })
  expect(model.layers.map((l) => l.name).slice(1, 4)).toEqual(['conv1', 'pool1', 'norm1'])
})
