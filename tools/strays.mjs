/** A vitest reporter: errors that no test caught, a line each, in the file that THAW_STRAYS names; vitest's JSON report has no place for them. */
import { writeFileSync } from 'node:fs'

/** Of the checkout, with its line; a page's URLs have a query between them. */
const PLACE = /\/((?:src|test|tools|web)\/[\w./-]+)(?:\?[^:\s]*)?:(\d+)/

function line({ type, name, message, stack = '', VITEST_TEST_PATH: path, VITEST_TEST_NAME: test }) {
  const place = PLACE.exec(stack)
  const parts = [
    `${type ?? name ?? 'Error'}: ${message}`,
    path && `while ${path.replace(process.cwd(), '')} ran`,
    test && `in or after "${test}"`,
    place && `at ${place[1]}:${place[2]}`,
  ]
  return parts.filter(Boolean).join(', ').replaceAll('\n', ' ')
}

export default class Strays {
  onTestRunEnd(_modules, errors) {
    writeFileSync(process.env.THAW_STRAYS, errors.map((error) => `${line(error)}\n`).join(''))
  }
}
