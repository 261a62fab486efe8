// Messages, deliveries and results with which stores are tried: plain values, numbered, the same in every run.
import { afterAttempt, type Attempt, type DeliveryChange } from '../../src/core/delivery.ts';
import { parseAddress, type Address } from '../../src/core/address.ts';
import { formatId } from '../../src/core/id.ts';
import { laneOf, type LaneKey } from '../../src/core/lane.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../../src/core/outcome.ts';
import type {
  Claim,
  ClaimOptions,
  DeliveryFilter,
  DeliveryRecord,
  DeliverySummary,
  ListOptions,
  NewDelivery,
  Store,
  StoredMessage,
} from '../../src/relay/ports.ts';

/** Epoch ms at which the samples begin. */
export const start = 1_800_000_000_000;
export const leaseMs = 120_000;
const lookupAfterMs = 20_000;
const schedule = { firstMs: 30_000, longestMs: 3_600_000, giveUpAfterMs: 432_000_000 };

export const outcomes = {
  delivered: delivered('2.0.0'),
  failed: failed('5.6.0', { reason: 'content', diagnostic: 'Exchange refused the message' }),
  deferred: deferred('4.3.2', { reason: 'server', diagnostic: 'Graph answered 503' }),
  throttled: deferred('4.4.5', {
    reason: 'throttled',
    diagnostic: 'Graph answered 429',
    retryAfterMs: 60_000,
  }),
  held: deferred('4.7.0', {
    reason: 'credential',
    diagnostic: 'The secret has expired',
    hold: 'connection',
  }),
  unsure: unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer came' }),
} as const satisfies Record<string, Outcome>;

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`No address: ${text}`);
  return parsed;
}

export function lane(name: string): LaneKey {
  return laneOf({ kind: 'connection', name }, address('relay@contoso.com'));
}

/** The `number`th id: ids of greater numbers are newer. */
export function sampleId(number: number): string {
  return formatId(start + number, new Uint8Array(7).fill(number));
}

export function sampleMessage(number: number, change: Partial<StoredMessage> = {}): StoredMessage {
  const id = sampleId(number * 10);
  return {
    id,
    receivedAt: start,
    client: {
      name: 'wordpress',
      ip: '10.0.0.7',
      listener: 'apps',
      ehlo: 'blog.example',
      login: 'blog',
      tls: true,
      senders: [{ text: '*@contoso.com', localPart: '*', domain: 'contoso.com' }],
    },
    envelope: {
      reversePath: number % 2 === 0 ? null : address('app@contoso.com'),
      forwardPaths: [address('someone@example.com'), address('other@example.com')],
      smtpUtf8: false,
    },
    sizeBytes: 0,
    subject: `Größe "${number}" \u{1f4ec}`,
    messageId: `<${id}@relay.example>`,
    from: 'app@contoso.com',
    fromWasMissing: false,
    headerBytes: 0,
    ...change,
  };
}

/** A delivery of `message`, due at once in the lane "main". */
export function sampleDelivery(
  message: StoredMessage,
  change: Partial<NewDelivery> & { readonly position?: number } = {},
): NewDelivery {
  const { position = 0, ...rest } = change;
  return {
    id: `${message.id}${position}`,
    messageId: message.id,
    route: {
      rule: 'default',
      action: { kind: 'send', via: 'main', backup: ['spare'], priority: 'normal' },
      forwardPaths: message.envelope.forwardPaths,
    },
    connection: 'main',
    lane: lane('main'),
    state: 'ready',
    dueAt: message.receivedAt,
    priority: 'normal',
    laneConcurrency: 4,
    ...rest,
  };
}

export interface SampleOptions {
  readonly number: number;
  readonly message?: Partial<StoredMessage>;
  /** One delivery each. */
  readonly deliveries?: readonly Partial<NewDelivery>[];
  readonly bytes?: Uint8Array;
  /** The delivery whose report it is. */
  readonly reportOf?: string;
}

/** Commits the `number`th message, with one delivery where nothing else is said. */
export async function commit(store: Store, options: SampleOptions): Promise<StoredMessage> {
  const { number, deliveries = [{}], reportOf } = options;
  const bytes = options.bytes ?? sampleBytes(500, number);
  const message = sampleMessage(number, { sizeBytes: bytes.length, ...options.message });
  const body = store.createBody(message.id);
  await body.write(bytes);
  const rows = deliveries.map((change, position) =>
    sampleDelivery(message, { position, ...change }),
  );
  await store.commit(message, rows, body, reportOf === undefined ? {} : { reportOf });
  return message;
}

export function claim(store: Store, options: Partial<ClaimOptions> = {}) {
  return store.claim({ limit: 100, now: start, leaseMs, ...options });
}

export async function claimOne(store: Store, now = start): Promise<Claim> {
  const [first] = await claim(store, { limit: 1, now });
  if (first === undefined) throw new Error(`Nothing to claim at ${now - start} ms`);
  return first;
}

export interface Result {
  readonly attempt: Attempt;
  readonly change: DeliveryChange;
}

/** What follows from an attempt that ended at `now` with `outcome`. */
export function sampleResult(
  { delivery }: Claim,
  { outcome, now = start }: { readonly outcome: Outcome; readonly now?: number },
): Result {
  const { connection, attempts: number } = delivery;
  return {
    attempt: { number, connection, startedAt: now - 10, endedAt: now, outcome },
    change: afterAttempt(delivery, outcome, { now, schedule, lookupAfterMs, chance: 0.5 }),
  };
}

/** A delivery as it is now. */
export async function findDelivery(store: Store, id: string): Promise<DeliveryRecord> {
  const found = (await store.find(id))?.deliveries.find((each) => each.id === id);
  if (!found) throw new Error(`No delivery "${id}"`);
  return found;
}

/** All deliveries, newest first. */
export async function list(
  store: Store,
  filter: DeliveryFilter = {},
): Promise<readonly DeliverySummary[]> {
  return (await pages(store, { ...filter, limit: 1000 })).flat();
}

/** All pages of a list. */
export async function pages(
  store: Store,
  options: ListOptions,
): Promise<(readonly DeliverySummary[])[]> {
  const { deliveries, next } = await store.list(options);
  if (next === undefined) return [deliveries];
  return [deliveries, ...(await pages(store, { ...options, before: next }))];
}

/** Records that the attempt of `claim` ended with `outcome`. */
export function record(
  store: Store,
  options: { readonly claim: Claim; readonly outcome: Outcome; readonly now?: number },
): Promise<boolean> {
  const { attempt, change } = sampleResult(options.claim, options);
  return store.record(options.claim, attempt, change);
}

/** Bytes that differ from place to place, and from seed to seed (xorshift32). */
export function sampleBytes(sizeBytes: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = Math.imul(seed + 1, 2_654_435_761) | 1;
  for (let index = 0; index < sizeBytes; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  // A piece is only good until the next one: what is kept must be a copy.
  for await (const piece of pieces) collected.push(Uint8Array.from(piece));
  return Buffer.concat(collected);
}
