// Bundles and minifies every FROM/*.js as sites do, with source maps: node bundle.mjs FROM TO
// Writes TO/esbuild/NAME.js by esbuild alone, TO/rollup/NAME.js by rollup and terser, and TO/obfuscated/NAME.js, whose modules
// were obfuscated before esbuild took them, of those whose name ends with `.plain`. Runs nothing of what it bundles.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import commonjs from '@rollup/plugin-commonjs'
import * as esbuild from 'esbuild'
import obfuscator from 'javascript-obfuscator'
import { rollup } from '@rollup/wasm-node'
import { minify } from 'terser'

const [from, to] = process.argv.slice(2).map((folder) => path.resolve(folder))
const names = readdirSync(from).filter((name) => name.endsWith('.js')).sort()
const files = names.map((name) => path.join(from, name))

const settings = {
  bundle: true, minify: true, sourcemap: true, platform: 'browser', format: 'iife', logLevel: 'error',
}

// What the obfuscator does by default, and strings cut as its documentation shows. Seeded: the same every time.
const cut = {
  name: 'cut',
  setup(build) {
    build.onLoad({ filter: /modules.*\.js$/ }, ({ path: file }) => {
      const options = { splitStrings: true, splitStringsChunkLength: 10, stringArrayEncoding: [], seed: 20250908 }
      const code = readFileSync(file, 'utf8')
      return { contents: obfuscator.obfuscate(code, options).getObfuscatedCode(), loader: 'js' }
    })
  },
}

async function byRollup() {
  const input = Object.fromEntries(files.map((file) => [path.basename(file, '.js'), file]))
  const bundle = await rollup({ input, plugins: [commonjs()] })
  const { output } = await bundle.generate({ format: 'es', sourcemap: true })
  await bundle.close()
  mkdirSync(path.join(to, 'rollup'), { recursive: true })
  for (const chunk of output.filter(({ type }) => type === 'chunk')) {
    const file = path.join(to, 'rollup', chunk.fileName)
    mkdirSync(path.dirname(file), { recursive: true })
    const { code, map } = await minify(chunk.code, { module: true, sourceMap: { content: chunk.map } })
    writeFileSync(file, code)
    writeFileSync(`${file}.map`, map)
  }
}

await esbuild.build({ ...settings, entryPoints: files, outdir: path.join(to, 'esbuild') })
await byRollup()
const plain = files.filter((file) => file.endsWith('.plain.js'))
await esbuild.build({ ...settings, entryPoints: plain, outdir: path.join(to, 'obfuscated'), sourcemap: false, plugins: [cut] })
