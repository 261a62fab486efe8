// Writes the files that are generated from the code; with `--check`, names those that are stale and fails.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createEditorSchema } from '../src/config/editor-schema.ts';
import { renderLogReference } from '../src/telemetry/log-reference.ts';
import { renderMetricsReference } from '../src/telemetry/metrics-reference.ts';
import { renderApiPage } from './api-page.ts';
import { chartFiles } from './chart-files.ts';
import { renderConfigurationPage } from './configuration-page.ts';

interface GeneratedFile {
  /** From the folder of the repository. */
  readonly file: string;
  readonly render: () => string;
}

const generatedFiles: readonly GeneratedFile[] = [
  { file: 'config/graphpost.schema.json', render: () => JSON.stringify(createEditorSchema()) },
  { file: 'docs/api.md', render: renderApiPage },
  { file: 'docs/configuration.md', render: renderConfigurationPage },
  { file: 'docs/log.md', render: renderLogReference },
  { file: 'docs/metrics.md', render: renderMetricsReference },
  ...chartFiles,
];

const isCheck = process.argv.includes('--check');
const stale: string[] = [];

for (const { file, render } of generatedFiles) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const content = await format(render(), { ...(await resolveConfig(path)), filepath: path });
  if (content === (await readFile(path, 'utf8').catch(() => ''))) continue;
  if (isCheck) stale.push(file);
  else await writeFile(path, content);
}

if (stale.length > 0) {
  process.stderr.write(`Stale, run "npm run docs": ${stale.join(', ')}\n`);
  process.exitCode = 1;
}
