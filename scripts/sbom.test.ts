import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readLockedPackages } from './lock-file.ts';
import { readBill } from './sbom.ts';

const names = z.record(z.string(), z.string());
const manifest = z.object({ dependencies: names, devDependencies: names });

function readText(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

test('readBill() names all that is shipped, each with its hash, and nothing of development', () => {
  const { dependencies, devDependencies } = manifest.parse(JSON.parse(readText('package.json')));
  const { components, dependencies: edges } = readBill();
  const named = components.map(({ name }) => name);
  expect(named).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  expect(named.filter((name) => name in devDependencies)).toEqual([]);
  expect(components.filter(({ hashes }) => !Array.isArray(hashes))).toEqual([]);

  const shipped = readLockedPackages(readText('package-lock.json')).filter(({ dev }) => !dev);
  const versions = shipped.map(
    ({ path, version = '' }) => `${path.split('node_modules/').at(-1)}@${version}`,
  );
  const refs = components.map((component) => component['bom-ref']);
  expect(new Set(refs)).toEqual(new Set(versions));
  expect(
    edges.flatMap(({ dependsOn = [] }) => dependsOn).filter((ref) => !refs.includes(ref)),
  ).toEqual([]);
});
