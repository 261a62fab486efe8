import { describe, expect, test } from 'vitest';
import type { QueueFigures } from '../relay/ports.ts';
import { definitionOf, fullName, metricNames } from './metric-definitions.ts';
import { createMetrics, type ConfiguredNames, type MetricsOptions } from './metrics.ts';

const now = Date.UTC(2026, 10, 22, 12);

const names: ConfiguredNames = {
  listeners: ['apps'],
  clients: ['erp'],
  connections: ['main', 'play'],
  routes: ['invoices', 'default'],
  sandboxConnections: 1,
};

const figures: QueueFigures = {
  deliveries: {
    ready: 3,
    sending: 1,
    unsure: 0,
    deferred: 2,
    held: 0,
    failed: 4,
    delivered: 50,
  },
  bodyBytes: 12_345,
  oldestReceivedAt: now - 90_000,
};

/** Name and labels of each, without the prefix: they change in a new major version alone. */
const promised = [
  'smtp_connections_total{listener,result}',
  'smtp_connections_active{listener}',
  'smtp_auth_attempts_total{listener,mechanism,result}',
  'smtp_rejections_total{listener,stage,reason}',
  'smtp_transaction_duration_seconds{listener}',
  'messages_received_total{listener,client}',
  'messages_delivered_total{connection,transport}',
  'messages_failed_total{connection,reason}',
  'messages_discarded_total{route}',
  'delivery_attempts_total{connection,result}',
  'delivery_latency_seconds{connection}',
  'possible_duplicates_total{connection}',
  'route_matches_total{route}',
  'queue_messages{state}',
  'queue_bytes',
  'queue_oldest_message_age_seconds',
  'store_commit_duration_seconds',
  'store_free_bytes',
  'graph_requests_total{connection,operation,code}',
  'graph_request_duration_seconds{connection,operation}',
  'graph_requests_in_flight{connection}',
  'lanes_throttled{connection}',
  'connection_up{connection}',
  'breaker_state{connection}',
  'token_requests_total{connection,result}',
  'credential_expiry_timestamp_seconds{connection}',
  'tls_certificate_expiry_timestamp_seconds{listener}',
  'config_last_reload_successful',
  'config_last_reload_success_timestamp_seconds',
  'sandbox_connections',
  'build_info{version,node}',
];

describe('createMetrics()', () => {
  test('renders every metric with help, type and parsable samples', async () => {
    const { types, helps, samples } = parseMetrics(await create().render());
    for (const name of metricNames) {
      expect([name, types.has(fullName(name)), helps.has(fullName(name))]).toEqual([
        name,
        true,
        true,
      ]);
    }
    expect(samples.size).toBeGreaterThan(metricNames.length);
  });

  test.each(promised)('has %s, by which outside scripts know it', (promise) => {
    const [, wanted = '', labels = ''] = /^([a-z_]+)(?:\{(.*)\})?$/.exec(promise) ?? [];
    const name = metricNames.find((each) => each === wanted);
    const own = name === undefined ? [] : Object.keys(definitionOf(name).labels);
    expect([name, own.join(',')]).toEqual([wanted, labels]);
  });

  test('calls counters, and nothing else, _total', async () => {
    const { types } = parseMetrics(await create().render());
    for (const [name, type] of types) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });

  test.each([
    ['smtp_rejections_total{listener="apps",stage="rcpt",reason="badAddress"}', 0],
    ['smtp_auth_attempts_total{listener="apps",mechanism="LOGIN",result="locked"}', 0],
    ['messages_received_total{listener="apps",client="erp"}', 0],
    ['messages_failed_total{connection="play",reason="sendAsDenied"}', 0],
    ['delivery_latency_seconds_count{connection="main"}', 0],
    ['graph_requests_total{connection="main",operation="send_mail",code="429"}', 0],
    ['connection_up{connection="main"}', 1],
    ['sandbox_connections', 1],
    ['config_last_reload_successful', 1],
    ['config_last_reload_success_timestamp_seconds', now / 1000],
    [`build_info{version="0.1.0",node="${process.version}"}`, 1],
  ])('starts with %s %d', async (series, value) => {
    const { samples } = parseMetrics(await create().render());
    expect(samples.get(`graphpost_${series}`)).toBe(value);
  });

  test('reads the queue once for each scrape', async () => {
    let readings = 0;
    const metrics = create({
      figures: () => {
        readings += 1;
        return Promise.resolve(figures);
      },
    });
    const { samples } = parseMetrics(await metrics.render());
    expect(samples.get('graphpost_queue_messages{state="ready"}')).toBe(3);
    expect(samples.get('graphpost_queue_messages{state="delivered"}')).toBe(50);
    expect(samples.get('graphpost_queue_bytes')).toBe(12_345);
    expect(samples.get('graphpost_queue_oldest_message_age_seconds')).toBe(90);
    expect(samples.get('graphpost_store_free_bytes')).toBe(1_000_000);
    expect(samples.get('graphpost_store_size_bytes')).toBe(9_000_000);
    expect(readings).toBe(1);
    await metrics.render();
    expect(readings).toBe(2);
  });

  test('says age 0 of an empty queue', async () => {
    const { oldestReceivedAt: _, ...empty } = figures;
    const { samples } = parseMetrics(
      await create({ figures: () => Promise.resolve(empty) }).render(),
    );
    expect(samples.get('graphpost_queue_oldest_message_age_seconds')).toBe(0);
  });

  test('shows NaN and all the rest while the store is away', async () => {
    const away = () => Promise.reject(new Error('away'));
    const { samples } = parseMetrics(await create({ figures: away, diskSpace: away }).render());
    expect(samples.get('graphpost_queue_messages{state="ready"}')).toBeNaN();
    expect(samples.get('graphpost_queue_bytes')).toBeNaN();
    expect(samples.get('graphpost_store_free_bytes')).toBeNaN();
    expect(samples.get('graphpost_sandbox_connections')).toBe(1);
  });

  test('counts label values outside their sets as other', async () => {
    const metrics = create();
    for (let index = 0; index < 1000; index++) {
      metrics.count('messages_received_total', { listener: `l${index}`, client: `c"\n${index}` });
    }
    const { samples } = parseMetrics(await metrics.render());
    const received = [...samples].filter(([series]) => series.includes('messages_received_total'));
    expect(received).toEqual([
      ['graphpost_messages_received_total{listener="apps",client="erp"}', 0],
      ['graphpost_messages_received_total{listener="other",client="other"}', 1000],
    ]);
  });

  test('gives the first hundred names of a kind series of their own', async () => {
    const routes = Array.from({ length: 150 }, (_, index) => `r${index}`);
    const metrics = create({ names: { ...names, routes } });
    metrics.count('route_matches_total', { route: 'r99' });
    metrics.count('route_matches_total', { route: 'r100' });
    const { samples } = parseMetrics(await metrics.render());
    expect(samples.get('graphpost_route_matches_total{route="r99"}')).toBe(1);
    expect(samples.get('graphpost_route_matches_total{route="other"}')).toBe(1);
  });

  test('reloaded() takes up new names and keeps what was counted', async () => {
    const metrics = create();
    metrics.count('route_matches_total', { route: 'invoices' });
    metrics.set('connection_up', { connection: 'main' }, 0);
    metrics.reloaded({ ...names, routes: ['invoices', 'news', 'default'], sandboxConnections: 0 });
    const { samples } = parseMetrics(await metrics.render());
    expect(samples.get('graphpost_route_matches_total{route="invoices"}')).toBe(1);
    expect(samples.get('graphpost_route_matches_total{route="news"}')).toBe(0);
    expect(samples.get('graphpost_connection_up{connection="main"}')).toBe(0);
    expect(samples.get('graphpost_sandbox_connections')).toBe(0);
  });

  test('reloaded() without names says that the configuration was refused', async () => {
    const metrics = create();
    metrics.reloaded();
    const { samples } = parseMetrics(await metrics.render());
    expect(samples.get('graphpost_config_last_reload_successful')).toBe(0);
    expect(samples.get('graphpost_config_last_reload_success_timestamp_seconds')).toBe(now / 1000);
  });

  test('keeps two gateways of one process apart', async () => {
    const one = create();
    create();
    one.count('route_matches_total', { route: 'default' });
    const { samples } = parseMetrics(await create().render());
    expect(samples.get('graphpost_route_matches_total{route="default"}')).toBe(0);
  });
});

function create(options: Partial<MetricsOptions> = {}) {
  return createMetrics({
    names,
    version: '0.1.0',
    clock: { now: () => now },
    figures: () => Promise.resolve(figures),
    diskSpace: () => Promise.resolve({ freeBytes: 1_000_000, totalBytes: 9_000_000 }),
    ...options,
  });
}

/** Reads the text format of Prometheus, and throws at a line that is not of it. */
function parseMetrics(text: string) {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n').filter((candidate) => candidate !== '')) {
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (comment === 'TYPE') types.set(name, rest);
    else if (comment === 'HELP') helps.set(name, rest);
    else {
      const sample = /^([a-z_][a-z0-9_]*(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/i.exec(
        line,
      );
      if (sample === null) throw new Error(`No sample: ${line}`);
      samples.set(sample[1] ?? '', sample[2] === 'Nan' ? NaN : Number(sample[2]));
    }
  }
  return { types, helps, samples };
}
