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

/** Shown in the table so that nobody takes its absence for a result. */
export interface MissingWorkload {
  readonly kind: 'missing';
  readonly name: string;
  readonly what: string;
  readonly why: string;
}

export type Workload =
  MailWorkload | BacklogWorkload | IdleWorkload | StartWorkload | MissingWorkload;

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
  warmUp: 1_000,
};

const mail: readonly MailWorkload[] = [
  small,
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
  {
    ...small,
    name: 'W5',
    what: '2,000 × 4 KB, a connection for each message, 20 at once, 50 lanes',
    count: 2_000,
    reconnect: true,
    warmUp: 500,
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
  missing('W9', 'W1 with PostgreSQL', 'the queue cannot lie in PostgreSQL yet'),
  missing('W10', 'W1 in direct mode', 'listeners have no direct mode yet'),
  missing('STARTTLS', 'W1 and W5 over TLS', 'the load generator speaks no TLS so far'),
];

function missing(name: string, what: string, why: string): MissingWorkload {
  return { kind: 'missing', name, what, why };
}
