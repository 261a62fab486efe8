// What goes along with the chart: its package, its notes, and what it expects of the image.
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { run } from '../peers/programs.ts';
import { shippedEnvironment, shippedFlags } from '../support/shipped-start.ts';
import {
  chart,
  onlyOne,
  render,
  root,
  runHelm,
  suiteName,
  valuesFileOf,
  whyNoHelm,
} from './helm.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-chart-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(whyNoHelm !== undefined)(suiteName('the package of the chart'), () => {
  test('holds what the chart needs, and no values of tests', async () => {
    const { exitCode, stderr } = await runHelm(['package', chart, '--destination', folder]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    const listed = await run('tar', ['-tzf', join(folder, archive)]);
    const files = listed.trim().split('\n');
    expect(files).toEqual(
      expect.arrayContaining(
        ['Chart.yaml', 'README.md', 'values.yaml', 'values.schema.json', 'files/greetings.js'].map(
          (file) => `graphpost/${file}`,
        ),
      ),
    );
    expect(files.filter((file) => file.includes('/ci/'))).toEqual([]);
  });
});

describe.skipIf(whyNoHelm !== undefined)(suiteName('the notes of the chart'), () => {
  let copy: string;

  /** `helm template` prints no notes, so they stand in a ConfigMap of a copy. */
  beforeAll(async () => {
    copy = join(folder, 'with-notes');
    await cp(chart, copy, { recursive: true });
    const notes = join(copy, 'templates/NOTES.txt');
    const content = await readFile(notes, 'utf8');
    await writeFile(notes, `{{ define "notes" }}${content}{{ end }}`);
    await rename(notes, join(copy, 'templates/_notes.tpl'));
    await writeFile(
      join(copy, 'templates/notes.yaml'),
      'apiVersion: v1\nkind: Notes\nmetadata: { name: notes }\ntext: |\n  {{- include "notes" . | trim | nindent 2 }}\n',
    );
  });

  async function notesOf(name: string, values: object = {}): Promise<string> {
    const manifests = await render({ chart: copy, files: [valuesFileOf(name)], values });
    return z.string().parse(onlyOne(manifests, 'Notes')['text']);
  }

  test('say where to point apps at', async () => {
    expect(await notesOf('secret')).toContain('gp-graphpost.mail.svc:25  no TLS\n');
    expect(await notesOf('workload-identity')).toMatch(
      /gp-graphpost\.mail\.svc:587 {2}STARTTLS\n {2}gp-graphpost\.mail\.svc:465 {2}TLS\n/,
    );
  });

  test('say what is to be feared', async () => {
    const open = 'lets everybody connect';
    expect(await notesOf('certificate')).not.toContain(open);
    const values = { service: { loadBalancerSourceRanges: [] } };
    expect(await notesOf('certificate', values)).toContain(open);
    expect(await notesOf('sandbox')).toContain('"play" is the sandbox');
    expect(await notesOf('secret')).toContain('There is no certificate');
  });

  test('say how to reach the page, and where its token is', async () => {
    expect(await notesOf('secret')).toContain('kubectl port-forward -n mail sts/gp-graphpost 8025');
    expect(await notesOf('secret')).toContain('/var/lib/graphpost/admin-token');
    expect(await notesOf('postgresql')).toContain('deploy/gp-graphpost');
    expect(await notesOf('postgresql')).not.toContain('admin-token');
    expect(await notesOf('sandbox')).not.toContain('admin-token');
  });
});

describe('the image that the chart is for', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

  // By the notes, the docs, `helm test` and the hook before the end of a pod.
  test.each([
    `ENTRYPOINT [${['node', ...shippedFlags, '/app/dist/main.js'].map((each) => `"${each}"`).join(', ')}]`,
    ...Object.entries(shippedEnvironment).map(([name, value]) => `ENV ${name}=${value}`),
    'COPY config/sidecar.yaml ./config/',
    'WORKDIR /app',
    'USER 65532:65532',
    'PATH=/nodejs/bin:',
  ])('has what the chart relies on: %s', (line) => {
    expect(dockerfile).toContain(line);
  });
});
