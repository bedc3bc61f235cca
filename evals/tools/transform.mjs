// Disguises fixtures the way real ones are disguised. Never runs what it rewrites.
//
//   node transform.mjs DISGUISE < jobs.json
//
// jobs: [{ "before": folder or null, "after": folder, "to": folder }]; writes to/before and to/after, and what was done as
// to/rewritten.json: { "payload": scripts that the update brought, "kept": [files that the tool could not read] }.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import * as esbuild from 'esbuild';
import obfuscator from 'javascript-obfuscator';
import { rollup } from '@rollup/wasm-node';
import { minify } from 'terser';

const LARGEST = 2 << 20;
const isModule = (code) => /^\s*(import\s*[\w{*'"]|export\s)/m.test(code);
const isScript = (file) => /\.[cm]?js$/.test(file);
const isLocal = (id) => id.startsWith('.') || id.startsWith('/');

/// Each rewrites one file: (code, file) => code. `payload` ones touch only what the update brought.
const disguises = {
  renamed: payload(async (code) => {
    const { code: out } = await minify(code, {
      module: isModule(code), compress: false, mangle: { toplevel: true }, format: { beautify: true },
    });
    return out;
  }),
  minified: payload(async (code) => (await esbuild.transform(code, { minify: true })).code),
  split: payload((code) => obfuscated(code, { splitStrings: true, splitStringsChunkLength: 3 })),
  wrapped: payload(async (code) => {
    const script = isModule(code) ? (await esbuild.transform(code, { format: 'cjs' })).code : code;
    return `eval(Buffer.from(${JSON.stringify(Buffer.from(script).toString('base64'))}, 'base64').toString('utf8'));\n`;
  }, { toScript: true }),
  'obfuscated-low': payload((code) => obfuscated(code, { optionsPreset: 'low-obfuscation' })),
  'obfuscated-medium': payload((code) => obfuscated(code, { optionsPreset: 'medium-obfuscation' })),
  'obfuscated-high': payload((code) => obfuscated(code, { optionsPreset: 'high-obfuscation' })),
  'bundled-esbuild': everything(async (code, file) => {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file], bundle: true, minify: true, write: false, platform: 'node', logLevel: 'silent',
      format: isModule(code) ? 'esm' : 'cjs', external: [], plugins: [onlyLocal],
    });
    return outputFiles[0].text;
  }),
  'bundled-rollup': everything(async (code, file) => {
    const bundle = await rollup({
      input: file, external: (id) => !isLocal(id) && !id.startsWith('\0'), onwarn() {}, treeshake: false,
      plugins: [foundAsNodeDoes, json(), commonjs({ ignoreTryCatch: true })],
    });
    const { output } = await bundle.generate({ format: isModule(code) ? 'es' : 'cjs', inlineDynamicImports: true });
    await bundle.close();
    return (await minify(output[0].code, { module: isModule(code), toplevel: true })).code;
  }),
};

function payload(rewrite, more = {}) {
  return { rewrite, payload: true, ...more };
}

function everything(rewrite) {
  return { rewrite, payload: false };
}

/// Seeded, so that a figure can be reproduced.
function obfuscated(code, options) {
  const plain = options.optionsPreset
    ? {}
    : { compact: false, stringArray: false, renameGlobals: false, identifierNamesGenerator: 'mangled' };
  return obfuscator.obfuscate(code, { ...plain, ...options, seed: 20250908 }).getObfuscatedCode();
}

const onlyLocal = {
  name: 'only-local',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path: id, kind }) =>
      kind !== 'entry-point' && !isLocal(id) ? { path: id, external: true } : undefined);
  },
};

const foundAsNodeDoes = {
  name: 'found-as-node-does',
  resolveId(id, importer) {
    try {
      return importer && isLocal(id) ? createRequire(importer.replace(/^\0|\?.*$/g, '')).resolve(id) : null;
    } catch {
      return { id, external: true };
    }
  },
};

function files(folder, inside = '') {
  return readdirSync(path.join(folder, inside), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(inside, entry.name);
      return entry.isDirectory() ? files(folder, name) : [name];
    });
}

async function rewrite(disguise, from, to, asBefore) {
  const said = { payload: 0, kept: [] };
  let wasModule = false;
  cpSync(from, to, { recursive: true });
  for (const name of files(from).filter(isScript)) {
    const source = path.resolve(from, name);
    const code = readFileSync(source, 'utf8');
    const isPayload = !asBefore(name, code);
    said.payload += Number(isPayload);
    if (code.length > LARGEST || (disguise.payload && !isPayload)) continue;
    const [, shebang, body] = code.match(/^(#!.*\n)?([^]*)$/);
    try {
      // Bundlers read the file themselves and keep its first line.
      const out = await disguise.rewrite(disguise.payload ? body : code, source);
      writeFileSync(path.join(to, name), disguise.payload ? (shebang ?? '') + out : out);
      wasModule ||= Boolean(disguise.toScript) && isModule(body);
    } catch (error) {
      said.kept.push(`${name}: ${String(error.message).split('\n')[0]}`);
    }
  }
  if (wasModule) withoutModuleType(path.join(to, 'package.json'));
  return said;
}

/// What was a module is a script now; the manifest must not say otherwise.
function withoutModuleType(file) {
  try {
    const { type, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
    if (type === 'module') writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  } catch {
    // No manifest, or none that can be read: some fixtures are about that.
  }
}

async function run(disguise, { before, after, to }) {
  const work = `${to}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  if (before) {
    if (disguise.payload) cpSync(before, path.join(work, 'before'), { recursive: true });
    else await rewrite(disguise, before, path.join(work, 'before'), () => false);
  }
  const asBefore = (name, code) => {
    const old = before && path.join(before, name);
    return Boolean(old) && existsSync(old) && readFileSync(old, 'utf8') === code;
  };
  const said = await rewrite(disguise, after, path.join(work, 'after'), asBefore);
  writeFileSync(path.join(work, 'rewritten.json'), JSON.stringify(said));
  renameSync(work, to);
}

const disguise = disguises[process.argv[2]];
if (!disguise) {
  process.stderr.write(`one of: ${Object.keys(disguises).join(' ')}\n`);
  process.exit(2);
}
for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
  await run(disguise, job);
}
