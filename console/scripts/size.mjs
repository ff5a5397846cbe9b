// The JavaScript that the first view loads, compressed, against its budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 500_000;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const names = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((found) => found[1]));
const queue = [...names];
while (queue.length > 0) {
  const source = readFileSync(new URL(queue.pop(), dist), 'utf8');
  for (const [, name] of source.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    if (!names.has(`assets/${name}`)) {
      names.add(`assets/${name}`);
      queue.push(`assets/${name}`);
    }
  }
}
let total = 0;
for (const name of names) total += gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
if (/<script(?![^>]*\bsrc=)/.test(html)) {
  console.error('index.html has an inline script');
  process.exit(1);
}
console.log(`initial JavaScript: ${(total / 1000).toFixed(0)} kB of ${BUDGET / 1000} kB compressed, ${names.size} files`);
if (total > BUDGET) process.exit(1);
