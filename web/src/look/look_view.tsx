/** The room where a Keras file is looked at. */
import { useSignal } from '@preact/signals'
import { engine } from '../engine.ts'
import type { Histogram, LookInfo, LookWeight } from '../messages.ts'
import { attempt } from '../notice.ts'
import { Drop } from '../view/drop.tsx'
import { Bins } from '../view/bins.tsx'
import { grouped } from '../view/numbers.ts'

function Weights({ weights }: { weights: readonly LookWeight[] }) {
  const open = useSignal<{ readonly path: string; readonly histogram?: Histogram } | undefined>(undefined)
  const show = async (path: string) => {
    const asked = { path }
    open.value = asked
    await attempt('Reading the weight', async () => {
      const histogram = await engine.histogram(path)
      if (open.value === asked) open.value = { path, histogram }
    })
    if (open.value === asked) open.value = undefined // it could not be read
  }
  const shown = open.value
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Weights">
      <table>
        <caption>Weights in the file: {weights.length}. None is read until you look at it.</caption>
        <thead>
          <tr>
            <th scope="col">Weight</th>
            <th scope="col">Shape</th>
            <th scope="col">Type</th>
            <th scope="col">Values</th>
          </tr>
        </thead>
        <tbody>
          {weights.map(({ name, shape, type, path }) => (
            <tr key={path}>
              <th scope="row">{name}</th>
              <td>[{shape.join(', ')}]</td>
              <td>{type}</td>
              <td>
                {shown?.path === path && shown.histogram ? (
                  <Bins name={name} histogram={shown.histogram} />
                ) : (
                  <button type="button" aria-label={`Histogram of ${name}`} onClick={() => void show(path)}>
                    {shown?.path === path ? 'Reading…' : 'Histogram'}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Layers({ model }: { model: NonNullable<LookInfo['model']> }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Layers">
      <table>
        <caption>
          {model.name}: {model.layers.length} layers, {grouped(model.total)} parameters, {grouped(model.trainable)} of them train
        </caption>
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Class</th>
            <th scope="col">Output</th>
            <th scope="col">Parameters</th>
          </tr>
        </thead>
        <tbody>
          {model.layers.map(({ name, kind, shape, parameters }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{kind}</td>
              <td>{shape}</td>
              <td class="number">{grouped(parameters)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function LookView() {
  const info = useSignal<LookInfo | undefined>(undefined)
  const openings = useSignal(0)
  const reading = useSignal(false)
  const look = async (files: readonly File[]) => {
    reading.value = true
    await attempt('Opening the file', async () => {
      info.value = await engine.look(files)
      openings.value++
    })
    reading.value = false
  }
  const seen = info.value
  return (
    <section aria-labelledby="look">
      <h2 id="look">Look into a Keras file</h2>
      <Drop label="Keras file…" multiple onFiles={(files) => void look(files)}>
        <span class="hint">or drop one here: .keras, .h5, .weights.h5 of any Keras; it stays on this machine</span>
      </Drop>
      <div aria-live="polite">
        {reading.value && <p class="status">Reading names and shapes…</p>}
        {seen && (
          <p class="status">
            {seen.file}: {grouped(seen.bytes)} bytes, {seen.variant}.
          </p>
        )}
        {seen?.refusal && <p class="remark">It cannot be built as a model here: {seen.refusal}. Its weights are below.</p>}
      </div>
      {seen?.model && <Layers model={seen.model} />}
      {seen && <Weights key={openings.value} weights={seen.weights} />}
    </section>
  )
}
