/** The webcam, opened once for all that show it. */
import { signal } from '@preact/signals'
import { attempt } from '../notice.ts'

/** Milliseconds between two pictures while somebody records. */
export const EVERY = 150

export const camera = signal<MediaStream | undefined>(undefined)

/** Asks for it where it is not open. @returns whether it is */
export async function openCamera(): Promise<boolean> {
  if (camera.value) return true
  return attempt('Opening the camera', async () => {
    camera.value = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false })
  })
}

export function closeCamera(): void {
  camera.value?.getTracks().forEach((track) => track.stop())
  camera.value = undefined
}

/** What it shows now, as a file. */
export async function snapshot(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight)
  canvas.getContext('2d')!.drawImage(video, 0, 0)
  return new File([await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })], 'camera.jpg', { type: 'image/jpeg' })
}
