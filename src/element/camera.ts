/** The camera, and video frame by frame. */
import { ThawError } from '../errors.ts'

/** Which way the camera looks: at the user, or away. */
export type Facing = 'user' | 'environment'

const camera = (code: string, rule: string, cause?: unknown) =>
  new ThawError(`camera-${code}`, `[camera] ${rule}`, cause === undefined ? undefined : { cause })

/** What a user does about it, by the name of what the browser throws. */
const REFUSED: Readonly<Record<string, (cause: unknown) => ThawError>> = {
  NotAllowedError: (cause) =>
    camera('refused', "the page must be allowed to use the camera, got no: allow it beside the page's address, then start it again", cause),
  NotFoundError: (cause) => camera('missing', 'a camera must be there, got none: connect one, then start it again', cause),
  NotReadableError: (cause) => camera('busy', 'the camera must be free, got one in use: close what uses it, then start it again', cause),
}

/**
 * Starts a camera and plays it in `video`.
 * @throws ThawError `camera-refused`, `camera-missing`, `camera-busy`, `camera-insecure`; the signal's reason, and the camera is off again then
 */
export async function openCamera(video: HTMLVideoElement, facing: Facing, signal: AbortSignal): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw camera('insecure', 'the page must be secure to use a camera, got one that is not: open it by https')
  const stream = await devices.getUserMedia({ video: { facingMode: facing } }).catch((cause: unknown) => {
    throw REFUSED[(cause as DOMException).name]?.(cause) ?? camera('failed', `the camera must start, got ${String(cause)}`, cause)
  })
  try {
    signal.throwIfAborted()
    video.srcObject = stream
    await video.play()
    signal.throwIfAborted()
    return stream
  } catch (error) {
    closeCamera(video, stream)
    throw error
  }
}

export function closeCamera(video: HTMLVideoElement, stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop())
  if (video.srcObject === stream) video.srcObject = null
}

/** Settles with the next frame that is shown, or at once with the signal. */
function nextFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      video.cancelVideoFrameCallback(frame)
      resolve()
    }
    const frame = video.requestVideoFrameCallback(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Calls `work` with one frame after the other, none while it is still at the one before, until the signal. What `work` throws ends it. */
export async function eachFrame(video: HTMLVideoElement, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !signal.aborted) await work() // one that is paused, too
  for (;;) {
    if (signal.aborted) return
    await nextFrame(video, signal)
    if (!signal.aborted) await work()
  }
}
