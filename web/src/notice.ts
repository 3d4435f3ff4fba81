/** What has gone wrong or was done, in a sentence that everybody sees and screen readers say. */
import { signal } from '@preact/signals'
import { RemoteError } from './rpc.ts'

export interface Notice {
  readonly kind: 'problem' | 'done'
  readonly text: string
}

export const notice = signal<Notice | undefined>(undefined)

export const complain = (text: string): void => void (notice.value = { kind: 'problem', text })
export const report = (text: string): void => void (notice.value = { kind: 'done', text })

/** What somebody can do about errors of each code, behind what the engine says. */
const NEXT: Readonly<Record<string, string>> = {
  'no-webgpu': 'Everything but training and trying works; your pictures are kept.',
  'no-adapter': 'Your pictures are kept; reload the page when that is done.',
  http: 'Look whether you are online, and try once more. Nothing was changed.',
  data: 'Press Start over, take a lower learning rate, and see whether the network takes pixels as it was trained with. Your pictures are kept.',
  'not-finite': 'Choose another file.',
  integrity: 'The file has changed, or is gone, since it was chosen: choose it once more. Nothing was changed.',
  truncated: 'The file ends too early: download or copy it once more. Nothing was changed.',
  'not-hdf5': 'Choose a file that Keras saved: .keras, .h5, .hdf5 or .weights.h5. Nothing was changed.',
  unsupported: "Save it in Keras once more, model.save('model.keras'), and choose that file. Nothing was changed.",
  'not-keras': 'Choose a whole model, as model.save() writes it. Nothing was changed.',
  corrupt: 'The file is damaged: download or copy it once more. Nothing was changed.',
  'out-of-memory': 'Use fewer blocks or a smaller network, or close other tabs. Nothing was lost.',
  lost: 'The graphics device was reset. Press the button again: it goes on from what was learned last, and your pictures are kept.',
  LostPicture: 'Reload the page to see what there is.',
  QuotaExceededError:
    'The browser has no room left: take pictures away, or free disk space. The page goes on, but a reload may lose what is new.',
  NotAllowedError: 'Allow the camera in the address bar, and press the button again; or drop pictures instead.',
  NotFoundError: 'No camera was found: connect one, or drop pictures instead.',
  NotReadableError: 'Another program uses the camera: close it, and press the button again.',
}

/** The engine's names of ops and files in brackets are for programmers. */
export const plain = (message: string): string => message.replace(/^\[([^\]]+)\] /, '$1: ')

/** What an error means for whoever sees the page. @param doing what did not work, as in `Opening the file` @param next what else can be done, by codes */
export function sentenceOf(doing: string, error: unknown, next: Readonly<Record<string, string>> = {}): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  const code = error instanceof RemoteError ? error.code : name
  return `${doing} did not work. ${plain(message)}${/[.!?]$/.test(message) ? '' : '.'} ${next[code] ?? NEXT[code] ?? 'Nothing was lost.'}`
}

export const complainOf = (...about: Parameters<typeof sentenceOf>): void => complain(sentenceOf(...about))

/** Runs what a button asks for, and says why if it fails. @param next see {@link sentenceOf} @returns whether it worked */
export function attempt(doing: string, action: () => Promise<void>, next?: Readonly<Record<string, string>>): Promise<boolean> {
  notice.value = undefined
  return unasked(doing, action, next)
}

/** Runs what nobody has asked for: what was said before stays, unless this fails. @returns whether it worked */
export async function unasked(doing: string, action: () => Promise<void>, next?: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    complainOf(doing, error, next)
    return false
  }
}
