// Routes messages anew that are in the queue: by the rules of today, for the recipients of one delivery at a time.
import { createDryRunStore } from './dry-run-store.ts';
import {
  StoreError,
  type DeliveryFilter,
  type DeliveryRecord,
  type DeliverySummary,
  type NewDelivery,
  type RerouteOptions,
  type RerouteReport,
  type Rerouting,
  type Store,
} from './ports.ts';
import { isDoubtful, isSame, planSendsAnew, toDelivery, type ReplanParts } from './replan.ts';

export interface RerouteParts extends ReplanParts {
  readonly store: Pick<Store, 'list' | 'find' | 'replace'>;
}

const listedAtOnce = 100;
const maxReported = 1_000;

/** Each delivery is a transaction of its own: a crash leaves those before it rerouted, and the others as they were. */
export async function rerouteAll(
  filter: DeliveryFilter,
  options: RerouteOptions,
  given: RerouteParts,
): Promise<RerouteReport> {
  const parts = options.dryRun ? { ...given, store: createDryRunStore(given.store) } : given;
  const counts = { rerouted: 0, unchanged: 0, left: 0 };
  const reroutings: Rerouting[] = [];
  /** What was made here may be listed as well. */
  const made = new Set<string>();
  for await (const listed of allOf(filter, parts)) {
    if (made.has(listed.id)) continue;
    const rerouting = await reroute(listed, options, parts);
    for (const { id } of rerouting.instead) made.add(id);
    counts[rerouting.verdict] += 1;
    if (reroutings.length < maxReported) reroutings.push(rerouting);
  }
  return { counts, reroutings };
}

async function* allOf(
  filter: DeliveryFilter,
  { store }: RerouteParts,
): AsyncGenerator<DeliverySummary> {
  let before: string | undefined;
  do {
    const page = await store.list({ ...filter, limit: listedAtOnce, ...(before && { before }) });
    yield* page.deliveries;
    before = page.next;
  } while (before !== undefined);
}

async function reroute(
  listed: DeliverySummary,
  options: RerouteOptions,
  parts: RerouteParts,
): Promise<Rerouting> {
  const { id: deliveryId, messageId, route, connection } = listed;
  const about = { deliveryId, messageId, route, connection, instead: [] };
  const planned = await planAnew(listed, options, parts).catch(leaveCorrupt);
  if (typeof planned === 'string') return { ...about, verdict: 'left', reason: planned };
  if (planned === undefined) return { ...about, verdict: 'unchanged' };
  const { instead, own } = planned;
  if (!(await parts.store.replace(deliveryId, instead, own))) {
    return { ...about, verdict: 'left', reason: changed };
  }
  return { ...about, verdict: 'rerouted', instead };
}

/** One message that cannot be read does not stop the others. */
function leaveCorrupt(error: unknown): string {
  if (error instanceof StoreError && error.fault === 'corrupt') return error.message;
  throw error;
}

const underWay = 'Its attempt is under way, or it is gone';
const delivered = 'It was delivered';
const changed =
  'Meanwhile an attempt was made, somebody did something with it, or it is gone: look at it again';
const inDoubt = 'It may have been sent already: it is rerouted only by force';
const bodyGone = 'Its body is not kept any more';

interface Planned {
  readonly instead: readonly NewDelivery[];
  /** What they are to take the place of, as it was when they were planned. */
  readonly own: DeliveryRecord;
}

/** What is to take the place of a delivery; undefined: the same again; a sentence: why it is left alone. */
async function planAnew(
  listed: DeliverySummary,
  { force }: RerouteOptions,
  parts: RerouteParts,
): Promise<Planned | string | undefined> {
  const ended = unmovable(listed);
  if (ended !== undefined) return ended;
  const record = await parts.store.find(listed.messageId);
  const own = record?.deliveries.find(({ id }) => id === listed.id);
  if (!record || !own) return underWay;
  const endedSince = unmovable(own);
  if (endedSince !== undefined) return endedSince;
  if (isDoubtful(own) && !force) return inDoubt;
  if (!record.content) return bodyGone;
  const sends = await planSendsAnew({ ...record, content: record.content }, own, parts);
  if (typeof sends === 'string') return sends;
  if ('kind' in sends) return sends.diagnostic;
  if (isSame(own.delivery, sends)) return undefined;
  const { message } = record;
  return { instead: sends.map((send) => toDelivery(send, { own, message, ...parts })), own };
}

function unmovable({ state }: Pick<DeliverySummary, 'state'>): string | undefined {
  if (state === 'delivered') return delivered;
  return state === 'sending' ? underWay : undefined;
}
