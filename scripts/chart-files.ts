// The files of the chart that are generated, or copies: a chart can read nothing outside its own folder.
import { readFileSync } from 'node:fs';
import { renderChartPage } from './chart-page.ts';
import { renderValuesSchema } from './chart-schema.ts';

/** From the folder of the repository. */
export const chartFiles = [
  { file: 'helm/graphpost/values.schema.json', render: renderValuesSchema },
  { file: 'helm/graphpost/README.md', render: renderChartPage },
  ...['prometheus-rules.yaml', 'grafana-dashboard.json'].map((name) => ({
    file: `helm/graphpost/files/${name}`,
    render: () => readFileSync(new URL(`../monitoring/${name}`, import.meta.url), 'utf8'),
  })),
];
