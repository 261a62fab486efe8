// A crash run: clients send without pause while the gateway is killed and started again; then everything is compared.
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Blocks } from '../support/gateway.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { keepSending, type SentMail } from './client.ts';
import { startEngine, type EngineName, type StoreEngine } from './engine.ts';
import { copiesIn, countFaults, possibleDuplicatesIn, readLog } from './evidence.ts';
import { createKiller } from './killer.ts';
import { planKills, type Kill, type KillPoint } from './kills.ts';
import { impatientQueue, untilEmpty } from './queue.ts';
import { createRandom, type Random } from './random.ts';
import { judge, type Verdict } from './verdict.ts';

export interface CrashRunOptions {
  readonly kills: number;
  /** Repeats the choice of kills and of messages; what they meet is up to the machine. */
  readonly seed: number;
  readonly engine: EngineName;
  /** The app may look into the mailbox for what it may have sent. */
  readonly lookUp: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly kills: number;
  readonly accepted: number;
  readonly arrived: number;
}

export interface CrashResult extends Verdict {
  /** How often each point was reached. */
  readonly reached: ReadonlyMap<KillPoint, number>;
  readonly missed: readonly Kill[];
  /** Faults that the gateway logged, and how often. */
  readonly faults: ReadonlyMap<string, number>;
  /** What the service objected to. */
  readonly violations: readonly string[];
  /** What was in the store at the end, though nothing should be. */
  readonly leftovers: readonly string[];
  /** Exit code of the last gateway, which was asked to end. */
  readonly exitCode: number | null;
}

const clients = 6;
/** After the last kill, everything that waits must be gone within this time. */
const drainMs = 180_000;

export async function runCrashes(options: CrashRunOptions): Promise<CrashResult> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startEngine(options.engine));
  const sandbox = stack.use(
    await createSandbox({
      now: Date.now,
      keepMessages: Infinity,
      keepBytes: Infinity,
      permissions: options.lookUp ? ['Mail.Send', 'Mail.ReadWrite'] : ['Mail.Send'],
    }),
  );
  const gateway = stack.use(await createGatewayProcess(sandbox, { changes: changesFor(engine) }));
  const random = createRandom(options.seed);
  const { sent, ...struck } = await strikeAll({ gateway, sandbox, engine, random, options });
  await gateway.start();
  await untilEmpty(gateway, { withinMs: drainMs });
  const exitCode = await gateway.stop('SIGTERM');
  const log = readLog(gateway.output());
  const copies = await copiesIn(sandbox);
  const verdict = judge({ sent, copies, possibleDuplicates: possibleDuplicatesIn(log) });
  return {
    ...verdict,
    ...struck,
    faults: countFaults(log),
    violations: [...sandbox.violations],
    leftovers: await engine.leftovers(gateway.folder),
    exitCode,
  };
}

function changesFor(engine: StoreEngine): Blocks {
  return {
    queue: impatientQueue(engine.url),
    log: 'log: { level: info, format: json }',
  };
}

interface Parts {
  readonly gateway: GatewayProcess;
  readonly sandbox: Sandbox;
  readonly engine: StoreEngine;
  readonly random: Random;
  readonly options: CrashRunOptions;
}

async function strikeAll({ gateway, sandbox, engine, random, options }: Parts) {
  const sent: SentMail[] = [];
  const killer = createKiller({ gateway, sandbox, engine });
  const plan = planKills(options.kills, random);
  const enough = new AbortController();
  const sending = Array.from({ length: clients }, (_, index) =>
    keepSending({
      port: gateway.smtpPort,
      name: `client${index + 1}`,
      random: createRandom(options.seed + index + 1),
      onStep: (step) => killer.onStep(step),
      onSent: (one) => sent.push(one),
      signal: enough.signal,
    }),
  );
  const reached = new Map<KillPoint, number>();
  const missed: Kill[] = [];
  for (const [index, kill] of plan.entries()) {
    if (await killer.strike(kill)) reached.set(kill.point, (reached.get(kill.point) ?? 0) + 1);
    else missed.push(kill);
    const accepted = sent.filter(({ transaction }) => transaction === 'accepted').length;
    const arrived = sandbox.mailbox.list().length;
    options.onProgress?.({ kills: index + 1, accepted, arrived });
  }
  enough.abort();
  await Promise.all(sending);
  return { sent, reached, missed };
}
