// What the simulator's process can be asked.

export interface SimulatorEndpoints {
  readonly authority: string;
  readonly graph: string;
  /** PEM. */
  readonly ca: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SimulatorOptions {
  /** How long each answer to sendMail waits. 0: not at all. */
  readonly latencyMs: number;
  /** Mailboxes whose names begin so are told to wait for an hour (429). '' for none. */
  readonly pausedPrefix: string;
  /** Messages come by draft and upload session: those that were sent are kept, to be looked at. */
  readonly uploads: boolean;
  /** How many requests it has to remember. */
  readonly requests: number;
}

/** What came in since the last `mark`. */
export interface Audit {
  /** Messages of the batch that were sent at least once. */
  readonly delivered: number;
  /** One byte for each message of the batch: how often it was sent, up to 255. */
  readonly times: Uint8Array;
  /** Sent more than once: the copies too many. */
  readonly duplicates: number;
  readonly wrong: number;
  /** Messages of other batches. */
  readonly strays: number;
  /** Epoch ms at which the last one was answered. */
  readonly lastAt: number;
  /** Requests at once for one mailbox, at most. */
  readonly maxInFlight: number;
  /** What Graph would object to, since the start. */
  readonly violations: number;
  /** Some of what was wrong, and of the violations. */
  readonly examples: readonly string[];
}

export type Simulator = {
  start(ask: SimulatorOptions): Promise<SimulatorEndpoints>;
  /** Forgets what came in. */
  mark(ask: Record<string, never>): Promise<void>;
  /** Resolves when so many messages were sent since the mark, or nothing more has come for `patienceMs`. */
  sent(ask: { count: number; patienceMs: number }): Promise<{ count: number }>;
  /** Reads what was sent since the mark as the messages of a batch. */
  audit(ask: { batch: string; count: number }): Promise<Audit>;
};
