// The steps of a message's way, for those who follow it from program to program; nobody does unless they ask for it.

/** In the order of the way: `accept` holds `route` and `store`; `attempt` holds the requests that it makes. */
export type TraceStep = 'accept' | 'route' | 'store' | 'attempt';

export interface TraceFacts {
  /** Queue id. */
  readonly id: string;
  readonly delivery?: string;
  readonly attempt?: number;
  readonly listener?: string;
  readonly client?: string;
  readonly connection?: string;
  readonly route?: string;
}

/** How a step ended: a word of a closed set, and the enhanced status code where mail did not go on. */
export interface StepResult {
  readonly kind: string;
  readonly status?: string;
}

export interface StepOptions<T> {
  readonly facts: TraceFacts;
  /** W3C `traceparent` of what it belongs to. Default: `route` and `store` belong to the step under way, others to none. */
  readonly parent?: string;
  /** Epoch ms. Default: now. */
  readonly startedAt?: number;
  /** What it came to. Not asked where it throws. */
  readonly resultOf?: (value: T) => StepResult;
}

export interface Traces {
  /** Does a step; what is done meanwhile belongs to it. Returns and throws what `work` does, and nothing of its own. */
  step<T>(step: TraceStep, options: StepOptions<T>, work: () => Promise<T>): Promise<T>;
  /** W3C `traceparent` of the step under way. */
  traceparent(): string | undefined;
}

export const noTraces: Traces = {
  step: (_step, _options, work) => work(),
  traceparent: () => undefined,
};
