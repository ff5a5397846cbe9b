import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('..', import.meta.url).pathname;
const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : /\.tsx?$/.test(entry.name) ? [path] : [];
  });

it('pages ask only for what the document of the API has', () => {
  const document = join(root, 'openapi.json');
  expect(existsSync(document)).toBe(true);
  const known = new Set(Object.keys((JSON.parse(readFileSync(document, 'utf8')) as { paths: object }).paths));
  const unknown: string[] = [];
  for (const file of walk(join(root, 'src'))) {
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/['"](\/api\/v1\/[^'"?]*[^'"?/])['"?]/g)) {
      // Names of groups of answers (`refresh('/api/v1/chains')`) are beginnings of paths.
      if (path && ![...known].some((each) => each === path || each.startsWith(`${path}/`)))
        unknown.push(`${file.slice(root.length)}: ${path}`);
    }
  }
  expect(unknown).toEqual([]);
});
