// What is measured: the gateway, the baselines that it is compared with, and what shows the limits of the measurement.
import { freshFolder, startFreshGateway, type Bench, type RunningSimulator } from './bench.ts';
import type { GatewaySetting } from './gateway.ts';
import type { SmtpPart } from './baselines/smtp-part.ts';
import { startPostfix, whyNoPostfix } from './baselines/postfix.ts';
import { startReplicas } from './replicas.ts';
import { startSidecar } from './sidecar.ts';
import { targetOf, type Target } from './target.ts';
import type { MailWorkload } from './workloads.ts';

/** What a subject has around it. */
export interface Surroundings {
  readonly bench: Bench;
  readonly simulator: RunningSimulator | undefined;
  /** Clients begin TLS before they send. */
  readonly startTls: boolean;
}

export interface Subject {
  readonly name: string;
  readonly sendsTo: 'nobody' | 'simulator' | 'sink';
  readonly start: (surroundings: Surroundings) => Promise<Target>;
  /** Why it cannot be measured here. */
  readonly unavailable?: () => Promise<string | undefined>;
}

export const gatewayName = 'gateway';
export const threeReplicasName = 'gateway, 3 replicas';
export const listenerName = 'our listener, discards';
export const discardName = 'smtp-server, discards';
export const fileAndPostName = 'smtp-server, file + fsync + POST';
export const postfixName = 'Postfix, smtp-sink';
/** Not among the subjects: it speaks no SMTP. */
export const posterName = 'limit: undici → simulator';

const gateway = gatewayOf({ mode: 'queued' });
const direct = gatewayOf({ mode: 'direct' });

function gatewayOf(setting: GatewaySetting): Subject {
  return {
    name: gatewayName,
    sendsTo: 'simulator',
    async start({ bench, simulator, startTls }) {
      const plan = { bench, simulator: needed(simulator) };
      const certificate = startTls ? bench.certificate : undefined;
      return targetOf([await startFreshGateway({ ...plan, setting: { ...setting, certificate } })]);
    },
  };
}

const oneReplica: Subject = {
  name: gatewayName,
  sendsTo: 'simulator',
  start: ({ bench, simulator }) => startReplicas({ bench, simulator: needed(simulator) }, 1),
};

const threeReplicas: Subject = {
  name: threeReplicasName,
  sendsTo: 'simulator',
  start: ({ bench, simulator }) => startReplicas({ bench, simulator: needed(simulator) }, 3),
};

const sidecar: Subject = {
  name: gatewayName,
  sendsTo: 'simulator',
  start: ({ bench, simulator }) => startSidecar(bench, needed(simulator)),
};

function needed(simulator: RunningSimulator | undefined): RunningSimulator {
  if (simulator === undefined) throw new Error('The gateway needs the simulator');
  return simulator;
}

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
  name: fileAndPostName,
  sendsTo: 'simulator',
  start: startPart('./baselines/file-and-post.ts'),
};

const postfix: Subject = {
  name: postfixName,
  sendsTo: 'sink',
  start: ({ bench }) => startPostfix(bench),
  unavailable: whyNoPostfix,
};

/** Without Graph's latency, what sends to nobody is as in W1. The baselines know no upload sessions. */
export function subjectsOf(workload: MailWorkload): readonly Subject[] {
  const { gateways, attached, startTls, graphLatencyMs, reconnect } = workload;
  if (gateways === 'replicas') return [oneReplica, threeReplicas];
  if (gateways === 'sidecar') return [sidecar];
  if (gateways === 'direct') return [discard, direct];
  if (attached) return [discard, gateway];
  if (graphLatencyMs > 0) return [fileAndPost, gateway];
  if (startTls) return [sink, discard, gateway];
  // What a greeting costs shows where each message has its own.
  return [sink, discard, ...(reconnect ? [listener] : []), fileAndPost, postfix, gateway];
}

function startPart(entry: string): Subject['start'] {
  return async ({ bench, simulator, startTls }) => {
    const part = bench.children.fork<SmtpPart>(new URL(entry, import.meta.url));
    const { certificate } = bench;
    const endpoint = await part.ask('start', {
      folder: await freshFolder(bench),
      ...(simulator && { simulator: simulator.endpoints }),
      ...(startTls && { certificate }),
    });
    return {
      endpoints: [startTls ? { ...endpoint, startTls: { ca: certificate.certPem } } : endpoint],
      pids: [part.pid],
      [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
    };
  };
}
