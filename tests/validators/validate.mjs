// Says whether a file is what its format wants: node validate.mjs cyclonedx-1.6|cyclonedx-1.7|sarif FILE
// Ends with 0 and says nothing if it is; with 1 and what is wrong if it is not.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const [kind, file] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')

async function problems() {
  if (kind.startsWith('cyclonedx-')) {
    const { Spec, Validation } = require('@cyclonedx/cyclonedx-library')
    const version = kind.slice('cyclonedx-'.length)
    if (!Object.values(Spec.Version).includes(version)) throw new Error(`${kind} is not known`)
    return new Validation.JsonStrictValidator(version).validate(text)
  }
  if (kind === 'sarif') {
    const Ajv = require('ajv/dist/2020').default
    const schema = new URL('node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json', import.meta.url)
    const ajv = new Ajv({ strict: false, allErrors: true })
    require('ajv-formats')(ajv)
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))
    return validate(JSON.parse(text)) ? null : validate.errors
  }
  throw new Error(`${kind} is not known`)
}

const found = await problems()
if (found !== null) {
  console.error(JSON.stringify(found, null, 2))
  process.exitCode = 1
}
