// The load generator, a process of its own: hands batches of messages to an SMTP server and takes the time.
import { answerParent } from '../children.ts';
import { quantile } from '../statistics.ts';
import { createMessage, type Batch, type BenchMessage } from './message.ts';
import { SmtpSession, type Endpoint } from './smtp-session.ts';

export interface LoadAsk {
  /** Clients are spread over them in turns. */
  readonly targets: readonly Endpoint[];
  readonly batch: Batch;
  /** How many clients send at once, each one message after the other. */
  readonly connections: number;
  /** Each message has a connection of its own. Otherwise all are open before the clock starts. */
  readonly reconnect: boolean;
  /** No new message is begun after this long. */
  readonly deadlineMs: number;
}

export interface LoadResult {
  /** Epoch ms of the first command, and of the last reply. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** One byte for each message of the batch: 1 for a 250. */
  readonly accepted: Uint8Array;
  /** Some of the replies that were no 250, and of the troubles with connections. */
  readonly refusals: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What this process itself used between the two. */
  readonly cpuMs: number;
}

export type Generator = {
  load(ask: LoadAsk): Promise<LoadResult>;
  /** Opens connections that say EHLO and nothing more. */
  openIdle(ask: { target: Endpoint; connections: number }): Promise<{ opened: number }>;
  closeIdle(ask: Record<string, never>): Promise<void>;
};

/** More than this is not made before the clock starts, but as it goes out. */
const maxPreparedBytes = 512 * 1_048_576;
const keptRefusals = 5;
/** Idle connections that are being opened at once. */
const openingAtOnce = 50;

const idle: SmtpSession[] = [];

answerParent<Generator>({ load, openIdle, closeIdle });

/** One batch on its way. */
interface Work {
  next: number;
  readonly accepted: Uint8Array;
  readonly latenciesMs: number[];
  readonly refusals: string[];
  readonly stopAt: number;
  readonly message: (number: number) => BenchMessage;
}

async function load(ask: LoadAsk): Promise<LoadResult> {
  const work: Work = {
    next: 0,
    accepted: new Uint8Array(ask.batch.count),
    latenciesMs: [],
    refusals: [],
    message: prepare(ask.batch),
    stopAt: now() + ask.deadlineMs,
  };
  const sessions = ask.reconnect ? [] : await openAll(ask);
  const usageBefore = process.cpuUsage();
  const startedAt = now();
  await Promise.all(
    ask.reconnect
      ? Array.from({ length: ask.connections }, (_, client) =>
          sendEachAnew(work, targetOf(ask, client)),
        )
      : sessions.map((session) => sendAll(work, session)),
  );
  const endedAt = now();
  const usage = process.cpuUsage(usageBefore);
  await Promise.all(sessions.map((session) => session.quit().catch(() => session.hangUp())));
  return {
    startedAt,
    endedAt,
    accepted: work.accepted,
    refusals: work.refusals.slice(0, keptRefusals),
    p50Ms: quantile(work.latenciesMs, 0.5),
    p99Ms: quantile(work.latenciesMs, 0.99),
    cpuMs: (usage.user + usage.system) / 1000,
  };
}

function prepare(batch: Batch): (number: number) => BenchMessage {
  if (batch.count * batch.sizeBytes > maxPreparedBytes)
    return (number) => createMessage(batch, number);
  const messages = Array.from({ length: batch.count }, (_, number) => createMessage(batch, number));
  return (number) => messages[number] ?? createMessage(batch, number);
}

function openAll(ask: LoadAsk): Promise<SmtpSession[]> {
  return Promise.all(
    Array.from({ length: ask.connections }, (_, client) => SmtpSession.open(targetOf(ask, client))),
  );
}

function targetOf({ targets }: LoadAsk, client: number): Endpoint {
  const target = targets[client % targets.length];
  if (target === undefined) throw new Error('There is no server to send to');
  return target;
}

/** Until there is nothing left, it is too late, or the connection breaks. */
async function sendAll(work: Work, session: SmtpSession): Promise<void> {
  try {
    for (let number = take(work); number !== undefined; number = take(work)) {
      await sendOne(work, number, session);
    }
  } catch (error) {
    work.refusals.push(String(error));
  }
}

async function sendEachAnew(work: Work, target: Endpoint): Promise<void> {
  for (let number = take(work); number !== undefined; number = take(work)) {
    try {
      const session = await SmtpSession.open(target);
      await sendOne(work, number, session);
      await session.quit();
    } catch (error) {
      work.refusals.push(String(error));
    }
  }
}

function take(work: Work): number | undefined {
  if (work.next === work.accepted.length || now() > work.stopAt) return undefined;
  return work.next++;
}

async function sendOne(work: Work, number: number, session: SmtpSession): Promise<void> {
  const { latencyMs, refusal } = await session.send(work.message(number));
  work.latenciesMs.push(latencyMs);
  if (refusal === undefined) work.accepted[number] = 1;
  else work.refusals.push(refusal);
}

async function openIdle(ask: {
  target: Endpoint;
  connections: number;
}): Promise<{ opened: number }> {
  let left = ask.connections;
  const openSome = async () => {
    while (left-- > 0) idle.push(await SmtpSession.open(ask.target));
  };
  await Promise.all(Array.from({ length: openingAtOnce }, openSome));
  return { opened: idle.length };
}

async function closeIdle(): Promise<void> {
  await Promise.all(idle.splice(0).map((session) => session.quit().catch(() => session.hangUp())));
}

/** Epoch ms with fractions, by a clock that all processes of the machine share. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
