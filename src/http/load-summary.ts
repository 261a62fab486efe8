// Asks all that the sentence on how things are needs to know.
import type { OpenTrouble } from '../core/open-troubles.ts';
import type { QueueFigures } from '../relay/ports.ts';
import type { AdminSource } from './admin-source.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { summarize, type Examples, type Summary } from './summary.ts';

export interface HowThingsAre {
  readonly summary: Summary;
  readonly readiness: Readiness;
  /** Absent when the store could not be read. */
  readonly figures: QueueFigures | undefined;
}

/** Never rejects: who cannot read the store says so. */
export async function loadSummary(source: AdminSource): Promise<HowThingsAre> {
  const [readiness, figures] = await Promise.all([
    readinessOf(source.ready),
    source.store.figures().catch(() => undefined),
  ]);
  const troubles = source.troubles?.() ?? [];
  const examples = figures ? await examplesOf(figures, { ...source, troubles }) : {};
  const summary = summarize({
    ...{ figures, readiness, troubles, examples, isQueued: source.isQueued ?? true },
    sending: source.sending?.(),
    now: source.clock.now(),
  });
  return { summary, readiness, figures };
}

/**
 * The newest of each state whose cause nothing else tells: that costs one row of an index. What failed has a cause of its
 * own; what is deferred waits for the troubles that are known.
 */
async function examplesOf(
  { deliveries }: QueueFigures,
  { store, troubles }: Pick<AdminSource, 'store'> & { readonly troubles: readonly OpenTrouble[] },
): Promise<Examples> {
  const untold = troubles.length === 0 ? (['failed', 'deferred'] as const) : (['failed'] as const);
  const states = untold.filter((state) => deliveries[state] > 0);
  const found = await Promise.all(
    states.map(async (state) => {
      const page = await store.list({ state, limit: 1 }).catch(() => undefined);
      return [state, page?.deliveries[0]] as const;
    }),
  );
  return Object.fromEntries(found.filter(([, delivery]) => delivery !== undefined));
}
