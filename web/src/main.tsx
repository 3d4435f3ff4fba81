/** The page. */
import { signal } from '@preact/signals'
import { render } from 'preact'
import { LookView } from './look/look_view.tsx'
import { MeasureView } from './measure/measure_view.tsx'
import { complainOf, notice, report } from './notice.ts'
import { openTeaching } from './teach/open.ts'
import { device } from './teach/state.ts'
import { TeachView } from './teach/teach_view.tsx'

const ROOMS = { teach: 'Teach', look: 'Look', measure: 'Measure' } as const
type Room = keyof typeof ROOMS

const asked = (): Room | undefined => (Object.keys(ROOMS) as Room[]).find((name) => location.hash === `#${name}`)
const room = signal<Room>(asked() ?? 'teach')
addEventListener('hashchange', () => (room.value = asked() ?? room.value))

function Page() {
  const said = notice.value
  return (
    <>
      <header class="page">
        <h1>Thaw</h1>
        <nav aria-label="Rooms">
          {Object.entries(ROOMS).map(([name, label]) => (
            <a key={name} href={`#${name}`} aria-current={room.value === name ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <span class="hint">{device.value}</span>
      </header>
      <div role="status" class={said ? `notice ${said.kind}` : 'notice'}>
        {said?.text}
        {said && (
          <button type="button" class="quiet" aria-label="Close the notice" onClick={() => (notice.value = undefined)}>
            ✕
          </button>
        )}
      </div>
      <main>
        <div hidden={room.value !== 'teach'}>
          <TeachView />
        </div>
        <div hidden={room.value !== 'look'}>
          <LookView />
        </div>
        <div hidden={room.value !== 'measure'}>
          <MeasureView seen={room.value === 'measure'} />
        </div>
      </main>
    </>
  )
}

const place = document.getElementById('page')!
place.replaceChildren()
render(<Page />, place)
openTeaching().catch((error: unknown) => complainOf('Opening the project', error))
if ('serviceWorker' in navigator) {
  // Undefined where something keeps service workers away.
  const saysWhenNew = (registration: ServiceWorkerRegistration | undefined) =>
    registration?.addEventListener('updatefound', () => {
      const { installing: next } = registration
      next?.addEventListener('statechange', () => {
        const replaces = next.state === 'installed' && navigator.serviceWorker.controller !== null
        if (replaces) report('A new version of this page is there. It begins when all tabs with the page are closed; the project stays.')
      })
    })
  navigator.serviceWorker.register('./sw.js').then(saysWhenNew, () => {}) // without one, the page works while there is a network
}
