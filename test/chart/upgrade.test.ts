// Whoever upgrades with the values of the last release keeps names, selectors and volumes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { render, suiteName, whyNoHelm } from './helm.ts';

const lastRelease = join(import.meta.dirname, 'last-release');
const immutable = z
  .record(z.string(), z.object({ names: z.array(z.string()) }).catchall(z.unknown()))
  .parse(parse(readFileSync(join(lastRelease, 'immutable.yaml'), 'utf8')));

/** Also those that another version of the chart adds. */
const immutableOfStatefulSet = [
  'selector',
  'serviceName',
  'volumeClaimTemplates',
  'podManagementPolicy',
];

describe.skipIf(whyNoHelm !== undefined)(suiteName('an upgrade from the last release'), () => {
  test.each(Object.entries(immutable))(
    'of %s changes nothing that is immutable',
    async (name, { names, ...fields }) => {
      const manifests = await render({
        files: [join(lastRelease, `${name}-values.yaml`)],
        // Of a later version, whose labels must stand in none of it.
        values: { image: { tag: '9.9.9' } },
        release: 'mail',
      });
      const found = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(found).toEqual(expect.arrayContaining(names));
      const workload = manifests.find(
        ({ kind }) => kind === 'StatefulSet' || kind === 'Deployment',
      );
      const spec = z.record(z.string(), z.unknown()).parse(workload?.['spec']);
      const kept = Object.entries(spec).filter(([key]) => immutableOfStatefulSet.includes(key));
      expect(Object.fromEntries(kept)).toEqual(fields);
    },
  );
});
