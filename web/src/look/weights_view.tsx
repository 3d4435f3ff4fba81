/** Weights, and the histogram of the one that is asked for. */
import { useSignal } from '@preact/signals'
import { engine } from '../engine.ts'
import type { FileId, Histogram, LookWeight } from '../look_messages.ts'
import { attempt } from '../notice.ts'
import { Bins } from '../view/bins.tsx'

export interface WeightsProps {
  readonly file: FileId
  readonly weights: readonly LookWeight[]
  readonly caption: string
  /** Of the region that it is. */
  readonly label: string
}

export function Weights({ file, weights, caption, label }: WeightsProps) {
  const open = useSignal<{ readonly key: string; readonly histogram?: Histogram } | undefined>(undefined)
  const show = async (key: string) => {
    const asked = { key }
    open.value = asked
    await attempt('Reading the weight', async () => {
      const histogram = await engine.histogram(file, key)
      if (open.value === asked) open.value = { key, histogram }
    })
    if (open.value === asked) open.value = undefined // it could not be read
  }
  const shown = open.value
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Weight</th>
            <th scope="col">Shape</th>
            <th scope="col">Type</th>
            <th scope="col">Values</th>
          </tr>
        </thead>
        <tbody>
          {weights.map(({ name, shape, type, key }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td>[{shape.join(', ')}]</td>
              <td>{type}</td>
              <td>
                {shown?.key === key && shown.histogram ? (
                  <Bins name={name} histogram={shown.histogram} />
                ) : (
                  <button type="button" aria-label={`Histogram of ${name}`} onClick={() => void show(key)}>
                    {shown?.key === key ? 'Reading…' : 'Histogram'}
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
