/** A network as a table of its layers. */
import type { LookModel } from '../look_messages.ts'
import { grouped } from '../view/numbers.ts'
import { selected } from './file.ts'

export function LayerTable({ model }: { readonly model: LookModel }) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Table of layers">
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
          {model.layers.map(({ path, kind, shape, parameters }) => (
            <tr key={path}>
              <th scope="row">
                <button type="button" class="quiet" aria-pressed={selected.value === path} onClick={() => (selected.value = path)}>
                  {path}
                </button>
              </th>
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
