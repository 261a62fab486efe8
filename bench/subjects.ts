// What is measured: the gateway, the baselines that it is compared with, and what shows the limits of the measurement.
import { freshFolder, startFreshGateway, type Bench, type RunningSimulator } from './bench.ts';
import type { SmtpPart } from './baselines/smtp-part.ts';
import { startPostfix, whyNoPostfix } from './baselines/postfix.ts';
import type { Endpoint } from './load/smtp-session.ts';
import type { MailWorkload } from './workloads.ts';

/** An SMTP server that runs. */
export interface Target extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Absent where it is more than one process. */
  readonly pid?: number;
  /** How many messages it has sent on so far, where it does not send to the simulator. */
  readonly sentOn?: () => number;
  /** What it complained of. */
  troubles?(): Promise<readonly string[]>;
}

export interface Subject {
  readonly name: string;
  readonly sendsTo: 'nobody' | 'simulator' | 'sink';
  readonly start: (bench: Bench, simulator: RunningSimulator | undefined) => Promise<Target>;
  /** Why it cannot be measured here. */
  readonly unavailable?: () => Promise<string | undefined>;
}

export const gatewayName = 'gateway';
export const listenerName = 'our listener, discards';
export const discardName = 'smtp-server, discards';
/** Not among the subjects: it speaks no SMTP. */
export const posterName = 'limit: undici → simulator';

const gateway: Subject = {
  name: gatewayName,
  sendsTo: 'simulator',
  start: async (bench, simulator) => {
    if (simulator === undefined) throw new Error('The gateway needs the simulator');
    return await startFreshGateway(bench, simulator);
  },
};

const sink: Subject = {
  name: 'limit: load → sink',
  sendsTo: 'nobody',
  start: startPart('./baselines/sink.ts'),
};

const discard: Subject = {
  name: discardName,
  sendsTo: 'nobody',
  start: startPart('./baselines/discard.ts'),
};

const listener: Subject = {
  name: listenerName,
  sendsTo: 'nobody',
  start: startPart('./baselines/listener.ts'),
};

const fileAndPost: Subject = {
  name: 'smtp-server, file + fsync + POST',
  sendsTo: 'simulator',
  start: startPart('./baselines/file-and-post.ts'),
};

const postfix: Subject = {
  name: 'Postfix, smtp-sink',
  sendsTo: 'sink',
  start: startPostfix,
  unavailable: whyNoPostfix,
};

/** Without Graph's latency, what sends to nobody is as in W1. The baselines know no upload sessions. */
export function subjectsOf({
  attached,
  graphLatencyMs,
  reconnect,
}: MailWorkload): readonly Subject[] {
  if (attached) return [discard, gateway];
  if (graphLatencyMs > 0) return [fileAndPost, gateway];
  // What a greeting costs shows where each message has its own.
  return [sink, discard, ...(reconnect ? [listener] : []), fileAndPost, postfix, gateway];
}

function startPart(entry: string): Subject['start'] {
  return async (bench, simulator) => {
    const part = bench.children.fork<SmtpPart>(new URL(entry, import.meta.url));
    const ask = {
      folder: await freshFolder(bench),
      ...(simulator && { simulator: simulator.endpoints }),
    };
    const endpoint = await part.ask('start', ask);
    return { endpoint, pid: part.pid, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() };
  };
}
