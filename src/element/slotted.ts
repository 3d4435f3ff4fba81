/** A picture or video of the page's own, which stands between the element's tags. */
import { FileError } from '../errors.ts'

export type Media = HTMLImageElement | HTMLVideoElement | HTMLCanvasElement

const MEDIA = 'img, video, canvas'

/** The first that there is, deep in a `<picture>` or `<figure>` too. */
export function mediaIn(slot: HTMLSlotElement): Media | undefined {
  for (const element of slot.assignedElements()) {
    const found = element.matches(MEDIA) ? element : element.querySelector(MEDIA)
    if (found) return found as Media
  }
  return undefined
}

/** Calls `onPicture` when there is something to see, and again whenever an image element has another picture. */
export function watchMedia(media: Media, signal: AbortSignal, onPicture: () => void, onError: (error: FileError) => void): void {
  if (!(media instanceof HTMLImageElement)) return onPicture()
  media.addEventListener('load', onPicture, { signal })
  const failed = () => onError(new FileError('not-found', `[image] the picture must load, got none from ${media.currentSrc || media.src}`))
  media.addEventListener('error', failed, { signal })
  if (!media.complete) return
  if (media.naturalWidth) onPicture()
  else if (media.currentSrc) failed()
}
