// Writes the TypeScript types of the API from `openapi.json`; with `--check` it only says whether they are stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);
const head = '// Generated from openapi.json by `npm run generate`. Do not edit.\n\n';
const text = head + astToString(await openapiTS(source, { alphabetize: true }));

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('src/api/schema.d.ts is stale: run `npm run generate`');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
