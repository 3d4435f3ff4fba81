/** The file beside another one: layers that were added, taken away or changed, and weights whose values differ. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { engine } from '../engine.ts'
import type { FileId, LookComparison, LookWeightDifference } from '../look_messages.ts'
import { attempt } from '../notice.ts'
import { Drop } from '../view/drop.tsx'
import { grouped } from '../view/numbers.ts'

interface Compared extends LookComparison {
  readonly name: string
  /** Weights that were compared so far. */
  readonly done: number
  readonly different: readonly LookWeightDifference[]
}

const shape = (sizes: readonly number[] | null): string => (sizes ? `[${sizes.join(', ')}]` : 'none')

function Layers({ layers }: { readonly layers: LookComparison['layers'] }) {
  if (!layers) return <p>Layers are not compared, since not both files hold a config.</p>
  const { added, removed, changed } = layers
  if (!added.length && !removed.length && !changed.length) return <p>The layers are the same.</p>
  return (
    <ul>
      {added.length > 0 && <li>Added: {added.join(', ')}</li>}
      {removed.length > 0 && <li>Removed: {removed.join(', ')}</li>}
      {changed.map(({ layer, what }) => (
        <li key={layer}>
          Changed: {layer} ({what.join('; ')})
        </li>
      ))}
    </ul>
  )
}

function Weights({ weights }: { readonly weights: readonly LookWeightDifference[] }) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Weights that differ">
      <table>
        <thead>
          <tr>
            <th scope="col">Weight</th>
            <th scope="col">Here</th>
            <th scope="col">There</th>
            <th scope="col">Values that differ</th>
            <th scope="col">Largest difference</th>
          </tr>
        </thead>
        <tbody>
          {weights.map(({ weight, a, b, different, largest }) => (
            <tr key={weight}>
              <th scope="row">{weight}</th>
              <td>{shape(a)}</td>
              <td>{shape(b)}</td>
              <td class="number">{different === undefined ? '' : grouped(different)}</td>
              <td class="number">{largest === null ? 'no number' : largest?.toPrecision(4)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function CompareView({ file }: { readonly file: FileId }) {
  const seen = useSignal<Compared | undefined>(undefined)
  const turn = useRef(0)
  useEffect(() => () => void turn.current++, []) // the file goes, and with it what is under way
  const compare = (files: readonly File[]) =>
    attempt('Comparing the files', async () => {
      const mine = ++turn.current
      seen.value = undefined
      const { id, file: name } = await engine.look(files)
      try {
        if (mine !== turn.current) return
        const found = await engine.compare(file, id)
        const different: LookWeightDifference[] = []
        for (let done = 0; mine === turn.current; done++) {
          seen.value = { ...found, name, done, different: [...different] }
          if (done === found.weights.length) return
          const difference = await engine.compareWeight(file, id, done)
          if (difference) different.push(difference)
        }
      } finally {
        void engine.letGo(id)
      }
    })
  const { value } = seen
  return (
    <section aria-labelledby="compare">
      <h2 id="compare">Compare it with another file</h2>
      <Drop label="Other Keras file…" multiple onFiles={(files) => void compare(files)}>
        <span class="hint">or drop one here</span>
      </Drop>
      {value && (
        <>
          <p class="status" aria-live={value.done < value.weights.length ? 'off' : 'polite'}>
            {value.done < value.weights.length
              ? `Comparing weights: ${grouped(value.done)} of ${grouped(value.weights.length)}`
              : `${value.name}: ${grouped(value.different.length)} of ${grouped(value.weights.length)} weights differ`}
          </p>
          <Layers layers={value.layers} />
          {value.byOrder && <p>Weights are put together by their order, since no name is in both.</p>}
          {value.different.length > 0 && <Weights weights={value.different} />}
        </>
      )}
    </section>
  )
}
