/** Classifies the pictures that come, one after the other; the page is free meanwhile. */
import { createClassifier, type Classification } from '../../src/index.ts'

export interface Answer {
  readonly id: number
  readonly classes?: readonly Classification[]
  readonly error?: string
}

const classifier = createClassifier(new URL('model.keras', location.origin))

addEventListener('message', ({ data }: MessageEvent<{ id: number; picture: ImageBitmap }>) => {
  void answer(data.id, data.picture).then((message) => postMessage(message))
})

async function answer(id: number, picture: ImageBitmap): Promise<Answer> {
  try {
    return { id, classes: await (await classifier).classify(picture) }
  } catch (error) {
    return { id, error: String(error) }
  } finally {
    picture.close()
  }
}
