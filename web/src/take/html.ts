/** Makes the page that is taken away. */

const STYLE = `body{font:18px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
img{max-width:100%;border-radius:8px}output{display:block;font-weight:600;margin:1rem 0}`

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}

/**
 * One file that works alone, from a server or from a disk.
 * @param model a `.keras` file that says its classes and pictures
 * @param script `take.js` of this site: engine and page
 */
export async function standalonePage(model: Blob, script: string, classNames: readonly string[]): Promise<Blob> {
  const title = escaped(classNames.join(' or '))
  const code = script.replaceAll('</script', '<\\/script')
  return new Blob(
    [
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
      `<style>${STYLE}</style><h1>${title}</h1>`,
      '<p><label>Choose a picture, drop one here, or paste one: <input type="file" accept="image/*"></label></p>',
      '<img hidden alt="The picture that was chosen"><output aria-live="polite"></output>',
      `<script type="application/octet-stream" id="thaw-model">${await base64(model)}</script>`,
      `<script>${code}</script></html>`,
    ],
    { type: 'text/html' },
  )
}
