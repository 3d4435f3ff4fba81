/** The page that is taken away: a model in the page itself, and a place to drop pictures on. It has no style or script from elsewhere. */
import { createClassifier, type Classifier } from '../../../src/index.ts'

/** Left by the exporter: the model's file in base64. */
const MODEL = 'thaw-model'

async function modelBytes(): Promise<Blob> {
  const text = document.getElementById(MODEL)!.textContent
  return (await fetch(`data:application/octet-stream;base64,${text}`)).blob()
}

const output = document.querySelector('output')!
const shown = document.querySelector('img')!
let classifier: Promise<Classifier> | undefined

async function classify(picture: Blob): Promise<void> {
  output.textContent = 'Looking…'
  URL.revokeObjectURL(shown.src)
  shown.src = URL.createObjectURL(picture)
  shown.hidden = false
  try {
    classifier ??= modelBytes().then((file) => createClassifier(file))
    const found = await (await classifier).classify(picture)
    output.textContent = found.map(({ className, probability }) => `${className} ${(100 * probability).toFixed(1)} %`).join(', ')
  } catch (error) {
    classifier = undefined
    output.textContent = `This did not work: ${(error as Error).message}`
  }
}

const one = (files: FileList | null | undefined): void => {
  if (files?.[0]) void classify(files[0])
}
document.querySelector('input')!.addEventListener('change', (event) => one((event.target as HTMLInputElement).files))
document.addEventListener('dragover', (event) => event.preventDefault())
document.addEventListener('drop', (event) => {
  event.preventDefault()
  one(event.dataTransfer?.files)
})
document.addEventListener('paste', (event) => one(event.clipboardData?.files))
