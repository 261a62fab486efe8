// The values in the documentation are ones that the chart takes, over those of the first example.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { render, root, suiteName, whyNoHelm } from './helm.ts';
import { faultsOf } from './strict-objects.ts';

/** Blocks of YAML whose first line says that they are values. */
function valuesIn(file: string): readonly Record<string, unknown>[] {
  const text = readFileSync(join(root, file), 'utf8');
  const blocks = [...text.matchAll(/```yaml\n# (?:my-)?values\.yaml\n([\s\S]*?)```/g)];
  return blocks.map(([, block = '']) => z.record(z.string(), z.unknown()).parse(parse(block)));
}

const documented = ['docs/kubernetes.md', 'helm/graphpost/README.md'].flatMap((file) => {
  const [first = {}, ...others] = valuesIn(file);
  const all = [first, ...others.map((values) => ({ ...first, ...values }))];
  return all.map((values, index) => ({ name: `block ${index + 1} of ${file}`, values }));
});

describe.skipIf(whyNoHelm !== undefined)(suiteName('values in the documentation'), () => {
  test('are found', () => {
    expect(documented.length).toBeGreaterThan(6);
  });

  test.each(documented)('$name is one that the chart takes', async ({ values }) => {
    const manifests = await render({ values });
    expect(manifests.length).toBeGreaterThan(5);
    expect(manifests.flatMap(faultsOf)).toEqual([]);
  });

  test('go with commands that name what the chart makes of them', async () => {
    const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
    const [first = {}] = valuesIn('docs/kubernetes.md');
    const [, release = '', chart = '', namespace = ''] =
      /^helm install (\S+) (\S+) -n (\S+) -f values\.yaml$/m.exec(page) ?? [];
    expect(release).toBe('graphpost');
    expect(readFileSync(join(root, chart, 'Chart.yaml'), 'utf8')).toContain('name: graphpost');
    expect(page).toContain(`kubectl create namespace ${namespace}`);
    const text = JSON.stringify(await render({ values: first, release }));
    const [, secret = '', key = ''] =
      /^kubectl create secret generic (\S+) -n \S+ --from-file=(\S+)$/m.exec(page) ?? [];
    expect(text).toContain(`"secretName":"${secret}"`);
    expect(text).toContain(`${secret}/${key}`);
    const named = [...page.matchAll(/^kubectl \S+ -n (\S+) (\w+)\/([\w-]+)/gm)];
    expect(named.map(([, ...parts]) => parts.join(' '))).toEqual(
      Array<string>(4).fill(`${namespace} sts graphpost`),
    );
    expect(text).toMatch(/"kind":"StatefulSet","metadata":\{"name":"graphpost"/);
    expect(text).toContain('"mountPath":"/var/lib/graphpost"');
  });
});
