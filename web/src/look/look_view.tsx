/** The room where a Keras file is looked at. */
import { useSignal } from '@preact/signals'
import type { LookInfo, LookModel } from '../look_messages.ts'
import { Drop } from '../view/drop.tsx'
import { grouped } from '../view/numbers.ts'
import { file, open, opening, selected } from './file.ts'
import { CompareView } from './compare_view.tsx'
import { ConvertView } from './convert_view.tsx'
import { Graph } from './graph_view.tsx'
import { LayerView } from './layer_view.tsx'
import { LayerTable } from './table_view.tsx'
import { WalkView } from './walk_view.tsx'
import { Weights } from './weights_view.tsx'

function Origin({ lines }: { readonly lines: LookInfo['origin'] }) {
  return (
    <dl class="config">
      {lines.map(([what, said]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{said}</dd>
        </div>
      ))}
    </dl>
  )
}

function Network({ id, model }: { readonly id: number; readonly model: LookModel }) {
  const table = useSignal(false)
  const layer = model.layers.find(({ path }) => path === selected.value)
  return (
    <section aria-labelledby="layers">
      <h2 id="layers">Layers</h2>
      <p class="row" role="group" aria-label="Layers as">
        <button type="button" aria-pressed={!table.value} onClick={() => (table.value = false)}>
          Graph
        </button>
        <button type="button" aria-pressed={table.value} onClick={() => (table.value = true)}>
          Table
        </button>
        <span>
          {model.name}: {model.layers.length} layers, {grouped(model.total)} parameters, {grouped(model.trainable)} of them train
        </span>
      </p>
      <div class="beside">
        {table.value ? <LayerTable model={model} /> : <Graph model={model} />}
        <div>
          <p class={layer ? 'unseen' : 'hint'} aria-live="polite">
            {layer ? `Layer ${layer.path}` : 'Choose a layer to look into it.'}
          </p>
          {layer && <LayerView key={layer.path} file={id} layer={layer} />}
        </div>
      </div>
    </section>
  )
}

export function LookView() {
  const seen = file.value
  return (
    <>
      <section aria-labelledby="look">
        <h2 id="look">Look into a Keras file</h2>
        <Drop label="Keras file…" multiple onFiles={(files) => void open(files)}>
          <span class="hint">or drop one here: .keras, .h5, .weights.h5 of any Keras; it stays on this machine</span>
        </Drop>
        <div aria-live="polite">
          {opening.value && <p class="status">Reading names and shapes…</p>}
          {seen && (
            <p class="status">
              {seen.file}: {grouped(seen.bytes)} bytes
            </p>
          )}
          {seen?.note && <p class="remark">{seen.note}.</p>}
          {seen?.refusal && <p class="remark">It cannot be built as a model here. {seen.refusal}. Its weights are below.</p>}
        </div>
        {seen && <Origin lines={seen.origin} />}
      </section>
      {seen?.model?.pixels && <WalkView key={seen.id} model={seen.model} />}
      {seen?.model && <Network key={seen.id} id={seen.id} model={seen.model} />}
      {seen && <CompareView key={seen.id} file={seen.id} />}
      {seen?.model && <ConvertView file={seen} />}
      {seen && (
        <section key={seen.id} aria-labelledby="weights">
          <h2 id="weights">Weights in the file</h2>
          <details open={!seen.model}>
            <summary>All {grouped(seen.weights.length)}</summary>
            <Weights file={seen.id} weights={seen.weights} caption="None is read until you look at it." label="Weights" />
          </details>
        </section>
      )}
    </>
  )
}
