/** The project as a whole: into a file, from a file, and away. */
import { Pick } from '../view/drop.tsx'
import { openProjectFile, saveProjectFile } from './open_file.ts'
import { forgetProject } from './project.ts'
import * as state from './state.ts'

async function forget(): Promise<void> {
  if (!confirm('Take all pictures and what was learned away from this browser? This cannot be undone.')) return
  if (await forgetProject()) location.reload()
}

export function ProjectView() {
  const busy = state.running.value !== 'no' || state.opening.value !== '' || state.taking.value > 0
  return (
    <section aria-labelledby="project">
      <h2 id="project">Project</h2>
      <fieldset class="row plain" disabled={busy}>
        <legend class="unseen">The project as a file</legend>
        <button type="button" onClick={() => void saveProjectFile()}>
          Save as a file
        </button>
        <Pick label="Open a file…" accept=".zip" onFiles={([file]) => void openProjectFile(file!)} />
        <button type="button" class="quiet" disabled={state.unkept.value !== ''} onClick={() => void forget()}>
          Forget it
        </button>
      </fieldset>
      <p class="hint">
        It keeps itself in this browser; no picture leaves this machine. The file has all of it: pictures, names, settings, and what was
        learned.
      </p>
    </section>
  )
}
