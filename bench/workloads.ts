// The workloads, as data.

/** Messages are handed over, sent on, and counted at the other end. */
export interface MailWorkload {
  readonly kind: 'mail';
  readonly name: string;
  readonly what: string;
  readonly count: number;
  readonly sizeBytes: number;
  readonly connections: number;
  readonly reconnect: boolean;
  readonly lanes: number;
  readonly graphLatencyMs: number;
  /** Most of it is a file, so that it can go by upload session. */
  readonly attached: boolean;
  /** Clients begin TLS before they send (RFC 3207). */
  readonly startTls: boolean;
  /** Who is measured: one with SQLite; one and three with PostgreSQL; one without a queue; the same as config/sidecar.yaml has it. */
  readonly gateways: 'queued' | 'replicas' | 'direct' | 'sidecar';
  /** Messages before the clock starts, so that what is measured is a server that has been running. */
  readonly warmUp: number;
}

/** Mail while other mail waits. */
export interface BacklogWorkload {
  readonly kind: 'backlog';
  readonly name: string;
  readonly what: string;
  /** What is measured with and without the backlog. */
  readonly beside: MailWorkload;
  readonly backlogBytes: number;
  readonly backlogLanes: number;
}

export interface IdleWorkload {
  readonly kind: 'idle';
  readonly name: string;
  readonly what: string;
  readonly connections: number;
  readonly settleMs: number;
  readonly watchMs: number;
  /** Mail that is sent while the idle ones stay. */
  readonly beside?: MailWorkload;
}

export interface StartWorkload {
  readonly kind: 'start';
  readonly name: string;
  readonly what: string;
}

export type Workload = MailWorkload | BacklogWorkload | IdleWorkload | StartWorkload;

const small: MailWorkload = {
  kind: 'mail',
  name: 'W1',
  what: '5,000 × 4 KB, 20 kept connections, 50 lanes',
  count: 5_000,
  sizeBytes: 4_096,
  connections: 20,
  reconnect: false,
  lanes: 50,
  graphLatencyMs: 0,
  attached: false,
  startTls: false,
  gateways: 'queued',
  warmUp: 1_000,
};

const anew: MailWorkload = {
  ...small,
  name: 'W5',
  what: '2,000 × 4 KB, a connection for each message, 20 at once, 50 lanes',
  count: 2_000,
  reconnect: true,
  warmUp: 500,
};

const mail: readonly MailWorkload[] = [
  small,
  { ...small, name: 'W1S', what: 'W1 over STARTTLS', startTls: true },
  { ...small, name: 'W1L', what: 'as W1, Graph takes 50 ms for each request', graphLatencyMs: 50 },
  {
    ...small,
    name: 'W2',
    what: '1,000 × 100 KB, 20 kept connections, 50 lanes',
    count: 1_000,
    sizeBytes: 100_000,
    warmUp: 100,
  },
  {
    ...small,
    name: 'W3',
    what: '50 × 2.0 MB, 20 kept connections, 50 lanes',
    count: 50,
    sizeBytes: 2_000_000,
    warmUp: 10,
  },
  {
    ...small,
    name: 'W4',
    what: '20 × 20 MB by upload session, 20 kept connections, 20 lanes',
    count: 20,
    sizeBytes: 20_000_000,
    lanes: 20,
    attached: true,
    warmUp: 4,
  },
  anew,
  { ...anew, name: 'W5S', what: 'W5 over STARTTLS, a handshake for each message', startTls: true },
];

const elsewhere: readonly MailWorkload[] = [
  {
    ...small,
    name: 'W9',
    what: 'W1 with the queue in PostgreSQL, 1 and 3 replicas',
    gateways: 'replicas',
    // Each of three is to be as warm as the one.
    warmUp: 3_000,
  },
  {
    ...small,
    name: 'W9L',
    what: '2,000 × 4 KB, 5 lanes, PostgreSQL, Graph takes 50 ms: lanes are full',
    count: 2_000,
    lanes: 5,
    graphLatencyMs: 50,
    gateways: 'replicas',
    warmUp: 200,
  },
  { ...small, name: 'W10', what: 'W1 in direct mode', gateways: 'direct' },
  {
    ...small,
    name: 'W10L',
    what: '20 × 20 MB in direct mode, one at a time, config/sidecar.yaml within 128 MiB',
    count: 20,
    sizeBytes: 20_000_000,
    connections: 1,
    lanes: 20,
    attached: true,
    gateways: 'sidecar',
    warmUp: 2,
  },
];

export const workloads: readonly Workload[] = [
  ...mail,
  {
    kind: 'backlog',
    name: 'W6',
    what: 'W1 while other mail waits in 20 lanes that are paused',
    beside: small,
    backlogBytes: 1_024,
    backlogLanes: 20,
  },
  {
    kind: 'idle',
    name: 'W7',
    what: 'nothing to do: without connections, then with 5,000 idle ones',
    connections: 5_000,
    settleMs: 5_000,
    watchMs: 10_000,
  },
  {
    kind: 'idle',
    name: 'W7M',
    what: '10,000 idle connections, and W1 beside them',
    connections: 10_000,
    settleMs: 5_000,
    watchMs: 5_000,
    beside: small,
  },
  { kind: 'start', name: 'W8', what: 'from the start of the process to its greeting, empty queue' },
  ...elsewhere,
];
