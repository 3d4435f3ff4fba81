/** The file that is looked at, and what of it. */
import { signal } from '@preact/signals'
import { engine } from '../engine.ts'
import type { LookInfo, LookWalk } from '../look_messages.ts'
import { attempt } from '../notice.ts'
import type { Pixels } from '../pixels.ts'

export const file = signal<LookInfo | undefined>(undefined)
export const opening = signal(false)
/** The path of the layer that is looked at. */
export const selected = signal<string | undefined>(undefined)

/** What went through the network last, and what the picture is called. */
export const walked = signal<(LookWalk & { readonly picture: string }) | undefined>(undefined)
export const walking = signal(false)

let openings = 0

/** Opens a file in place of the one there is. Of two that are opened at once, the last one is shown, whichever comes first, and only its errors. */
export async function open(files: readonly File[]): Promise<void> {
  const mine = ++openings
  opening.value = true
  await attempt('Opening the file', async () => {
    const answer = await engine.look(files).then(
      (info) => ({ info }),
      (error: unknown) => ({ error }),
    )
    if (mine !== openings) {
      if ('info' in answer) void engine.letGo(answer.info.id)
      return
    }
    if ('error' in answer) throw answer.error
    if (file.value) void engine.letGo(file.value.id)
    selected.value = undefined
    walked.value = undefined
    file.value = answer.info
  })
  if (mine === openings) opening.value = false
}

/** Has a picture go through the network of the file. */
export async function walk(picture: File, pixels: Pixels): Promise<void> {
  const { id } = file.value!
  walking.value = true
  await attempt('Taking the picture through the network', async () => {
    const answer = await engine.walk(id, picture, pixels).catch((error: unknown) => {
      if (file.value?.id === id) throw error
    })
    if (answer && file.value?.id === id) walked.value = { ...answer, picture: picture.name }
  })
  walking.value = false
}
