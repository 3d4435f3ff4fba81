/** The room where a network is taught: six steps on one page. */
import { ClassesView } from './classes_view.tsx'
import { LineView } from './line_view.tsx'
import { NetworkView } from './network_view.tsx'
import { ProjectView } from './project_view.tsx'
import * as state from './state.ts'
import { TakeView } from './take_view.tsx'
import { TrainView } from './train_view.tsx'
import { TryView } from './try_view.tsx'

/** What stays as it is while the page is open. */
const Lasting = () => (
  <div role="status">
    {[state.unkept.value, state.deviceless.value, state.recovered.value].filter(Boolean).map((text) => (
      <p key={text} class="remark">
        {text}
      </p>
    ))}
  </div>
)

export function TeachView() {
  return (
    <>
      <Lasting />
      <NetworkView />
      <ClassesView />
      <LineView />
      <TrainView />
      <TryView />
      <TakeView />
      <ProjectView />
    </>
  )
}
