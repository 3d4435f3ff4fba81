/** Elements in the page of a test, and what one waits for. */
import { layers, Model, tensor } from '../../src/index.ts'
import type { ThawClassifier, ThawClassifierEventMap } from '../../src/element/index.ts'

/** Two classes, which any picture is of: the first is red, the second is not. */
export async function modelFile(): Promise<Blob> {
  const input = layers.input({ shape: [4, 4, 3] })
  const x = layers.globalAveragePooling2d().apply(layers.rescaling({ scale: 1 / 255 }).apply(input))
  const dense = layers.dense({ units: 2, activation: 'softmax' })
  const model = new Model({ inputs: input, outputs: dense.apply(x), classNames: ['cat', 'dog'] })
  await dense.setWeights([tensor([4, -4, -1, 1, 0, 0], [3, 2]), tensor([0, 0], [2])])
  return model.save().blob()
}

export function canvas(colour = 'teal'): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width: 20, height: 10 })
  const context = made.getContext('2d')!
  context.fillStyle = colour
  context.fillRect(0, 0, 20, 10)
  return made
}

export async function pictureFile(colour?: string): Promise<File> {
  const blob = await new Promise<Blob>((done) => canvas(colour).toBlob((made) => done(made!)))
  return new File([blob], 'picture.png', { type: 'image/png' })
}

/** An element that is not in the page yet. */
export function made(attributes: Readonly<Record<string, string>> = {}, ...children: Node[]): ThawClassifier {
  const element = document.createElement('thaw-classifier')
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

type Told = 'ready' | 'classify' | 'error'

/** The next event of a kind. Fails with an error that comes before it. */
export function next<K extends Told>(element: ThawClassifier, type: K): Promise<ThawClassifierEventMap[K]['detail']> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController()
    element.addEventListener(
      type,
      (event) => {
        stop.abort()
        resolve(event.detail)
      },
      { signal: stop.signal },
    )
    if (type === 'error') return
    element.addEventListener(
      'error',
      ({ detail }) => {
        stop.abort()
        reject(new Error(`${detail.code}: ${detail.message}`))
      },
      { signal: stop.signal },
    )
  })
}

/** What the element shows in a part, by a selector. */
export const shown = (element: ThawClassifier, part: string): HTMLElement => element.shadowRoot!.querySelector(`[part~='${part}']`)!

/** The classes that are shown: `cat 51.2%`. */
export const rows = (element: ThawClassifier): string[] =>
  [...element.shadowRoot!.querySelectorAll("[part='result']")].map((row) =>
    [...row.querySelectorAll('span')].map((s) => s.textContent).join(' '),
  )

export const status = (element: ThawClassifier): string => shown(element, 'status').textContent
