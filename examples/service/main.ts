/** Runs the service until it is told to end: `node tools/run.mjs examples/service/main.ts MODEL [--labels FILE] [--port N] [--waiting N]`. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { ArgumentError, createClassifier } from '../../src/node.ts'
import { runExample } from '../run.ts'
import { classifierService, whole } from './service.ts'

await runExample(async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { labels: { type: 'string' }, port: { type: 'string', default: '8080' }, waiting: { type: 'string', default: '64' } },
  })
  const [model] = positionals
  if (model === undefined) throw new ArgumentError('service', 'a model must be named, got none')
  const port = whole('port', values.port, 0, 65535)
  const waiting = whole('waiting', values.waiting)
  const classifier = await createClassifier(model, values.labels === undefined ? {} : { labels: values.labels })
  const { server, close } = classifierService(classifier, { waiting })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/classify`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  await close()
  classifier.dispose()
  console.log('closed')
})
