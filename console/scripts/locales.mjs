// Every text exists in Chinese and in English, with the same placeholders, and every key that a page names exists.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const faults = [];
const flatten = (value, prefix = '') =>
  Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' ? flatten(inner, `${prefix}${key}.`) : [[prefix + key, inner]],
  );
const placeholders = (text) =>
  [...text.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)]
    .map((found) => found[1])
    .sort()
    .join();
const plural = /_(one|other|zero|two|few|many)$/;

const languages = ['zh', 'en'];
const texts = {};
for (const language of languages) {
  texts[language] = {};
  for (const file of readdirSync(join(root, 'src/locales', language))) {
    const area = file.replace('.json', '');
    texts[language][area] = new Map(flatten(JSON.parse(readFileSync(join(root, 'src/locales', language, file), 'utf8'))));
  }
}
const stems = (area) => new Set([...area.keys()].map((key) => key.replace(plural, '')));
for (const area of new Set(languages.flatMap((language) => Object.keys(texts[language])))) {
  const [zh, en] = languages.map((language) => texts[language][area] ?? new Map());
  for (const [one, other, name] of [
    [zh, en, 'en'],
    [en, zh, 'zh'],
  ]) {
    const known = stems(other);
    for (const key of stems(one)) if (!known.has(key)) faults.push(`${name}/${area}.json lacks ${key}`);
  }
  for (const [key, text] of zh) {
    if (text.trim() === '') faults.push(`zh/${area}.json: ${key} is empty`);
    if (en.has(key) && placeholders(text) !== placeholders(en.get(key))) faults.push(`${area}: ${key} has other placeholders in en`);
  }
}

const has = (area, key) => {
  const known = texts.en[area];
  return known !== undefined && (stems(known).has(key) || [...known.keys()].some((name) => name.startsWith(`${key}.`)));
};
const walk = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : [],
  );
for (const file of walk(join(root, 'src'))) {
  const source = readFileSync(file, 'utf8');
  const areas = [...source.matchAll(/(?:useTranslation\(\s*\[?\s*|TFunction<\s*\[?\s*)['"](\w+)['"]/g)].map((found) => found[1]);
  if (areas.length === 0) areas.push('shell');
  for (const [, key] of source.matchAll(/\bt\(\s*['"]([^'"$]+)['"]/g)) {
    const [area, name] = key.includes(':') ? key.split(':') : [undefined, key];
    const found = area ? has(area, name) : areas.some((each) => has(each, name));
    if (!found) faults.push(`${file.slice(root.length)}: no text ${key}`);
  }
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(
  `texts complete: ${Object.values(texts.en).reduce((sum, area) => sum + area.size, 0)} in ${Object.keys(texts.en).length} areas`,
);
