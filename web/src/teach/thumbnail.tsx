/** A small picture that the page has in memory only while it is near what is seen. */
import { useEffect, useRef } from 'preact/hooks'
import type { KeptPicture } from '../messages.ts'
import { contentOf } from '../store/database.ts'

/** How far outside of what is seen it is there already. */
const NEAR = '200px'

const told = new WeakMap<Element, (near: boolean) => void>()
/** `scrollMargin`: in what scrolls inside of the page, too. */
const AROUND: IntersectionObserverInit & { readonly scrollMargin: string } = { rootMargin: NEAR, scrollMargin: NEAR }
const watch = new IntersectionObserver(
  (entries) => entries.forEach(({ target, isIntersecting }) => told.get(target)?.(isIntersecting)),
  AROUND,
)

/** Shows a picture when it comes near, and lets it go when it is far, or gone. */
function follow(image: HTMLImageElement, picture: KeptPicture): () => void {
  let near = false
  const letGo = () => {
    near = false
    URL.revokeObjectURL(image.src)
    image.removeAttribute('src')
  }
  const show = async () => {
    const content = await contentOf(picture).catch(() => undefined) // an empty frame; what needs the picture says why it is not there
    if (content && near && !image.src) image.src = URL.createObjectURL(content)
  }
  told.set(image, (now) => {
    if (!now) letGo()
    else if (!near) {
      near = true
      void show()
    }
  })
  watch.observe(image)
  return () => {
    watch.unobserve(image)
    told.delete(image)
    letGo()
  }
}

export function Thumbnail({ picture, alt, side }: { readonly picture: KeptPicture; readonly alt: string; readonly side: number }) {
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => follow(image.current!, picture), [])
  return <img ref={image} alt={alt} width={side} height={side} />
}
