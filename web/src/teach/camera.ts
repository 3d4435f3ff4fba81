/** The webcam, opened once for all that show it. */
import { signal } from '@preact/signals'
import { attempt } from '../notice.ts'

/** Milliseconds between two pictures while somebody records. */
export const EVERY = 150

export const camera = signal<MediaStream | undefined>(undefined)
let users = 0

/** Asks for it where it is not open; whoever has it closes it. @returns whether it is open */
export async function openCamera(): Promise<boolean> {
  const opening = async () => {
    camera.value = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false })
  }
  const open = camera.value !== undefined || (await attempt('Opening the camera', opening))
  if (open) users++
  return open
}

/** Turns it off where nobody else shows it. */
export function closeCamera(): void {
  if (--users > 0) return
  camera.value?.getTracks().forEach((track) => track.stop())
  camera.value = undefined
}

/** What it shows now, as a file. */
export async function snapshot(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight)
  canvas.getContext('2d')!.drawImage(video, 0, 0)
  return new File([await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })], 'camera.jpg', { type: 'image/jpeg' })
}
