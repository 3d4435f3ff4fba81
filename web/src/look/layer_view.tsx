/** The layer that is looked at: its config, and its weights. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { engine } from '../engine.ts'
import type { FileId, LookDetail, LookLayer } from '../look_messages.ts'
import { unasked } from '../notice.ts'
import { grouped } from '../view/numbers.ts'
import { Maps } from './maps_view.tsx'
import { Weights } from './weights_view.tsx'

export function LayerView({ file, layer }: { readonly file: FileId; readonly layer: LookLayer }) {
  const detail = useSignal<LookDetail | undefined>(undefined)
  useEffect(() => {
    let there = true
    void unasked('Looking into the layer', async () => {
      const answer = await engine.layer(file, layer.path).catch((error: unknown) => {
        if (there) throw error // else its file may be closed by now
      })
      if (there && answer) detail.value = answer
    })
    return () => void (there = false)
  }, [])
  const { path, kind, shape, parameters } = layer
  return (
    <article class="card" aria-label={`Layer ${path}`}>
      <h3>{path}</h3>
      <p>
        {kind}, output {shape}, {grouped(parameters)} parameters
      </p>
      <Maps file={file} path={path} />
      {detail.value && detail.value.weights.length > 0 && (
        <Weights
          file={file}
          weights={detail.value.weights}
          caption="Weights. None is read until you look at it."
          label={`Weights of ${path}`}
        />
      )}
      {detail.value && (
        <details>
          <summary>Config, as Keras has it</summary>
          <dl class="config">
            {detail.value.config.map(([key, value]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </article>
  )
}
