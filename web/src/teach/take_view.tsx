/** Step 6: what was learned, as files. */
import { engine } from '../engine.ts'
import { attempt } from '../notice.ts'
import { standalonePage } from '../take/html.ts'
import { download } from '../view/download.ts'
import * as state from './state.ts'

const saveModel = (format: 'keras' | 'h5') =>
  attempt('Saving the model', async () => download(await engine.save(format), `${state.trunk.value!.name}-taught.${format}`))

const savePage = () =>
  attempt('Making the page', async () => {
    const script = await fetch('./take.js')
    if (!script.ok) throw new Error(`The engine's file could not be loaded (${script.status}): connect once, then it works offline.`)
    download(await standalonePage(await engine.save('keras'), await script.text(), state.trainedOn.value!), 'classifier.html')
  })

export function TakeView() {
  if (!state.trainedOn.value || state.running.value !== 'no') return null
  return (
    <section aria-labelledby="take">
      <h2 id="take">6 Take it away</h2>
      <p class="row">
        <button type="button" onClick={() => void saveModel('keras')}>
          Keras 3 file (.keras)
        </button>
        <button type="button" onClick={() => void saveModel('h5')}>
          Older Keras (.h5)
        </button>
        <button type="button" onClick={() => void savePage()}>
          Web page (.html)
        </button>
      </p>
      <p class="hint">
        The files know their classes and which pictures they take. The page works alone, offline too: engine and model are in it.
      </p>
      <pre tabIndex={0} aria-label="Code that uses the .keras file">{`import { createClassifier } from 'thaw-webgpu'
const classifier = await createClassifier('${state.trunk.value!.name}-taught.keras')
const [best] = await classifier.classify(image)`}</pre>
    </section>
  )
}
