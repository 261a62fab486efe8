// Three gateways on one PostgreSQL under load: one is killed, one is frozen for longer than its lease, and the database falls over.
import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { keepSending, type SentMail } from './client.ts';
import { copiesIn, countFaults, possibleDuplicatesIn, readLog } from './evidence.ts';
import { impatientQueue, untilEmpty } from './queue.ts';
import { createRandom } from './random.ts';
import { judge, type Verdict } from './verdict.ts';

export interface ReplicasOptions {
  /** Of the messages. */
  readonly seed: number;
  /** Waits until leases end by themselves; otherwise the database is told that they have. */
  readonly waitForLeases: boolean;
}

export interface ReplicasResult extends Verdict {
  readonly violations: readonly string[];
  readonly faults: ReadonlyMap<string, number>;
  /** Results that came after the end of their lease, and were refused. */
  readonly stale: number;
}

/** Between two events so many messages get their 250. */
const messagesBetween = 40;
/** Longer than a lease of a minute. */
const freezeMs = 70_000;
const drainMs = 180_000;

export async function runReplicas(options: ReplicasOptions): Promise<ReplicasResult> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const database = stack.use(await postgres.createDatabase());
  const sandbox = stack.use(
    await createSandbox({ now: Date.now, keepMessages: Infinity, keepBytes: Infinity }),
  );
  const changes = {
    queue: impatientQueue(database.url),
    log: 'log: { level: info, format: json }',
  };
  const replicas: Replica[] = [];
  for (let count = 0; count < 3; count++) {
    const gateway = stack.use(await createGatewayProcess(sandbox, { changes }));
    await gateway.start();
    const others = new Set(replicas.map(({ instance }) => instance));
    const instances = await database.query('SELECT id FROM graphpost.instance');
    const instance = instances.map(({ id }) => String(id)).find((id) => !others.has(id));
    replicas.push({ gateway, instance: instance ?? '' });
  }
  const gateways = replicas.map(({ gateway }) => gateway);
  const sent = await disturb(replicas, { postgres, database, options });
  const log = readLog(gateways.map(({ output }) => output()).join('\n'));
  const copies = await copiesIn(sandbox);
  return {
    ...judge({ sent, copies, possibleDuplicates: possibleDuplicatesIn(log) }),
    violations: [...sandbox.violations],
    faults: countFaults(log),
    stale: log.filter(({ event, where }) => event === 'fault' && where === 'lease').length,
  };
}

interface Replica {
  readonly gateway: GatewayProcess;
  /** As it calls itself in the database. */
  readonly instance: string;
}

interface Surroundings {
  readonly postgres: TestPostgres;
  readonly database: TestDatabase;
  readonly options: ReplicasOptions;
}

async function disturb(
  replicas: readonly Replica[],
  { postgres, database, options }: Surroundings,
): Promise<readonly SentMail[]> {
  const [killed, frozen, healthy] = replicas;
  if (!killed || !frozen || !healthy) throw new Error('It takes three replicas');
  const sent: SentMail[] = [];
  const enough = new AbortController();
  const sending = replicas.flatMap(({ gateway }, index) =>
    [1, 2].map((client) =>
      keepSending({
        port: gateway.smtpPort,
        name: `replica${index + 1}client${client}`,
        random: createRandom(options.seed + index * 2 + client),
        onStep: () => undefined,
        onSent: (one) => sent.push(one),
        signal: enough.signal,
      }),
    ),
  );
  const untilMore = async () => {
    const wanted = acceptedIn(sent) + messagesBetween;
    await until(() => acceptedIn(sent) >= wanted, { withinMs: 60_000 });
  };

  await untilMore();
  process.kill(frozen.gateway.pid(), 'SIGSTOP');
  await killed.gateway.stop('SIGKILL');
  await untilMore();
  if (options.waitForLeases) await delay(freezeMs);
  else await endLeases([killed, frozen], database);
  await untilMore();
  await postgres.restart();
  await untilMore();
  process.kill(frozen.gateway.pid(), 'SIGCONT');
  await killed.gateway.start();
  await untilMore();
  enough.abort();
  await Promise.all(sending);
  if (!options.waitForLeases) await endLeases([killed], database);
  await untilEmpty(healthy.gateway, { withinMs: drainMs });
  for (const { gateway } of replicas) await gateway.stop('SIGTERM');
  return sent;
}

function acceptedIn(sent: readonly SentMail[]): number {
  return sent.filter(({ transaction }) => transaction === 'accepted').length;
}

/** As if the time of their claims were over. */
async function endLeases(replicas: readonly Replica[], database: TestDatabase): Promise<void> {
  for (const { instance } of replicas) {
    await database.query(`SELECT graphpost.end_claims('${instance}', NULL)`);
  }
}
