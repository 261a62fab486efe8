// The rules and the dashboard of monitoring/: every name in them is one of the code's, and Prometheus itself takes them.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { definitionOf, fullName, metricNames } from '../src/telemetry/metric-definitions.ts';
import { missingProgram, run, start } from './peers/programs.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { groupingsOf, selectorsOf, type Selector } from './support/promql.ts';
import { until } from './support/until.ts';

const root = join(import.meta.dirname, '..');
const rulesFile = join(root, 'monitoring/prometheus-rules.yaml');
const rulesTestFile = join(root, 'monitoring/prometheus-rules.test.yaml');
const read = (file: string) => readFileSync(file, 'utf8');

const alertSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook: z.string(),
  }),
});
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(alertSchema) })) })
  .parse(parse(read(rulesFile)))
  .groups.flatMap(({ rules }) => rules);

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        id: z.number(),
        type: z.string(),
        title: z.string(),
        targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
      }),
    ),
    templating: z.object({
      list: z.array(z.object({ name: z.string(), definition: z.string().optional() })),
    }),
    annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  })
  .parse(JSON.parse(read(join(root, 'monitoring/grafana-dashboard.json'))));
const targets = dashboard.panels.flatMap((panel) =>
  panel.targets.map((target) => ({ title: panel.title, ...target })),
);

/** What Prometheus adds to every series. */
const targetLabels = ['job', 'instance'];

let gateway: TestGateway;
let metrics: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-monitoring-'));
  gateway = await startTestGateway();
  await gateway.send({ from: 'app@example.com', to: 'ann@example.com', text: 'Hello' });
  await gateway.sent(1);
  metrics = await (await fetch(`${gateway.telemetryUrl}/metrics`)).text();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('monitoring/prometheus-rules.yaml', () => {
  test.each(alerts)('$alert names what the code has', ({ expr, annotations }) => {
    expect(faultsOf(expr)).toEqual([]);
    const texts = Object.values(annotations).join(' ');
    const named = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    expect(labelsLeftBy(expr)).toEqual(expect.arrayContaining(named));
  });

  test.each(alerts)('$alert has its place in docs/monitoring.md', ({ alert, annotations }) => {
    const anchor = alert.toLowerCase();
    expect(annotations.runbook).toBe(`docs/monitoring.md#${anchor}`);
    expect(read(join(root, 'docs/monitoring.md'))).toContain(`<a id="${anchor}"></a>\`${alert}\``);
  });

  test('is tested, with each alert in trouble and without', () => {
    const { tests } = z
      .object({
        tests: z.array(
          z.object({
            promql_expr_test: z.array(
              z.object({ expr: z.string(), exp_samples: z.array(z.unknown()) }),
            ),
          }),
        ),
      })
      .parse(parse(read(rulesTestFile)));
    const cases = tests.flatMap(({ promql_expr_test: expected }) => expected);
    for (const { alert } of alerts) {
      const expr = `ALERTS{alertname="${alert}",alertstate="firing"}`;
      const fires = cases
        .filter((one) => one.expr === expr)
        .map((one) => one.exp_samples.length > 0);
      expect([alert, new Set(fires)]).toEqual([alert, new Set([true, false])]);
    }
  });
});

describe('monitoring/grafana-dashboard.json', () => {
  test.each(targets)('"$title" names what the code has: $legendFormat', (target) => {
    expect(faultsOf(target.expr)).toEqual([]);
    const named = [...target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(labelsLeftBy(target.expr)).toEqual(expect.arrayContaining(named));
  });

  test('chooses its data source, and shows no other', () => {
    const sources = read(join(root, 'monitoring/grafana-dashboard.json')).matchAll(
      /"datasource": \{[^}]*"uid": "([^"]*\}?)"/g,
    );
    expect(new Set([...sources].map(([, uid]) => uid))).toEqual(new Set(['${datasource}']));
    expect(dashboard.templating.list[0]?.name).toBe('datasource');
  });

  test('uses only variables that it has', () => {
    const own = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)]);
    for (const [, name = ''] of used) expect(own).toContain(name);
  });

  test('names what the code has in variables and annotations', () => {
    const queries = dashboard.templating.list.flatMap(({ definition = '' }) => {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
      return definition === '' ? [] : [`count by (${label}) (${selector})`];
    });
    expect(queries).toHaveLength(3);
    const expressions = [...queries, ...dashboard.annotations.list.map(({ expr }) => expr)];
    expect(expressions.flatMap(faultsOf)).toEqual([]);
  });

  test('gives each panel an id of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** What of an expression the code does not have. */
function faultsOf(expression: string): readonly string[] {
  const selectors = selectorsOf(expression);
  const known = new Set(selectors.flatMap(({ metric }) => labelsOf(metric)));
  const grouped = groupingsOf(expression, ['by', 'without', 'on', 'ignoring']);
  return [
    ...(selectors.length === 0 ? [`"${expression}" names no metric`] : []),
    ...selectors.flatMap(faultsOfSelector),
    ...grouped.filter((label) => !known.has(label)).map((label) => `Nothing has "${label}"`),
  ];
}

function faultsOfSelector({ metric, matchers }: Selector): readonly string[] {
  if (!isExported(metric)) return [`There is no metric "${metric}"`];
  return matchers.flatMap(({ label, values }) => {
    if (!labelsOf(metric).includes(label)) return [`"${metric}" has no label "${label}"`];
    const set = definedAs(metric)?.labels[label];
    if (set === undefined || typeof set === 'string') return [];
    return values
      .filter((value) => !set.includes(value))
      .map((value) => `"${label}" of "${metric}" is never "${value}"`);
  });
}

/** Those of Prometheus and of the process, too. */
function isExported(metric: string): boolean {
  if (metric.startsWith('graphpost_')) return definedAs(metric) !== undefined;
  return metric === 'up' || metrics.includes(`\n# TYPE ${metric} `);
}

function definedAs(metric: string) {
  const found = metricNames.find((name) => seriesOf(name).includes(metric));
  return found && definitionOf(found);
}

function seriesOf(name: (typeof metricNames)[number]): readonly string[] {
  const full = fullName(name);
  if (definitionOf(name).type !== 'histogram') return [full];
  return ['bucket', 'sum', 'count'].map((part) => `${full}_${part}`);
}

function labelsOf(metric: string): readonly string[] {
  const buckets = metric.endsWith('_bucket') ? ['le'] : [];
  return [...Object.keys(definedAs(metric)?.labels ?? {}), ...targetLabels, ...buckets];
}

/** The labels that the result of an expression can have. */
function labelsLeftBy(expression: string): readonly string[] {
  const kept = groupingsOf(expression, ['by']);
  if (kept.length > 0 && groupingsOf(expression, ['on']).length === 0) return kept;
  const dropped = groupingsOf(expression, ['without']);
  const all = selectorsOf(expression).flatMap(({ metric }) => labelsOf(metric));
  return all.filter((label) => !dropped.includes(label));
}

const missing = missingProgram('promtool') ?? missingProgram('prometheus');

describe.skipIf(missing !== undefined)(missing ? `Prometheus: ${missing}` : 'Prometheus', () => {
  test('takes the rules and the metrics of a gateway as clean', async () => {
    expect(await run('promtool', ['check', 'rules', rulesFile])).toContain('SUCCESS');
    await run('promtool', ['check', 'metrics'], { input: metrics });
  });

  test('takes the scrape configuration of docs/monitoring.md', async () => {
    const page = read(join(root, 'docs/monitoring.md'));
    const [, block = ''] = /```yaml prometheus\n([\s\S]*?)```/.exec(page) ?? [];
    const file = join(folder, 'documented.yaml');
    await writeFile(file, block.replace('prometheus-rules.yaml', rulesFile));
    expect(await run('promtool', ['check', 'config', file])).toMatch(/SUCCESS: \d+ rules found/);
  });

  test('fires each alert in trouble, and not without', async () => {
    expect(await run('promtool', ['test', 'rules', rulesTestFile])).toContain('SUCCESS');
  });

  test('understands every expression of the dashboard', async () => {
    const rules = targets.map(({ expr }, index) => ({
      record: `panel_${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '6h'),
    }));
    const file = join(folder, 'dashboard.yaml');
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(await run('promtool', ['check', 'rules', file])).toContain('SUCCESS');
  });

  test('scrapes a gateway, and evaluates the rules on what it gave', async () => {
    await using prometheus = start('prometheus', [
      `--config.file=${await writePrometheusConfig()}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ]);
    const address = () => /"Listening on" address=(\S+)/.exec(prometheus.output())?.[1];
    await until(() => address() !== undefined);
    await until(async () => (await fetch(`http://${address()}/-/ready`)).ok);
    const ask = async (path: string) => await (await fetch(`http://${address()}${path}`)).json();
    const query = `/api/v1/query?query=sum(graphpost_messages_delivered_total)`;
    await until(async () => JSON.stringify(await ask(query)).includes('"1"]'));
    await until(async () => {
      const rules = evaluated
        .parse(await ask('/api/v1/rules'))
        .data.groups.flatMap((group) => group.rules);
      expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
      const sandbox = rules.find(({ name }) => name === 'GraphpostSandbox');
      return rules.every(({ health }) => health === 'ok') && sandbox?.state === 'pending';
    });
  });
});

const evaluated = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({ name: z.string(), health: z.string(), state: z.string().optional() }),
        ),
      }),
    ),
  }),
});

async function writePrometheusConfig(): Promise<string> {
  const file = join(folder, 'prometheus.yaml');
  const target = new URL(gateway.telemetryUrl).host;
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '500ms' },
    rule_files: [rulesFile],
    scrape_configs: [{ job_name: 'graphpost', static_configs: [{ targets: [target] }] }],
  };
  await writeFile(file, stringify(config));
  return file;
}
