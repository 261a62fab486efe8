// A queue in memory for what is shown of it: the store's questions, and an operator who notes what he is asked to do.
import { parseAddress, type Address } from '../../src/core/address.ts';
import type { Attempt, DeliveryState } from '../../src/core/delivery.ts';
import { laneOf } from '../../src/core/lane.ts';
import type { Route } from '../../src/core/route.ts';
import type {
  Acceptance,
  Content,
  DeliveryFilter,
  DeliveryRecord,
  LaneSummary,
  MessageRecord,
  Operator,
  QueueFigures,
  RerouteOptions,
  RerouteReport,
  Store,
} from '../../src/relay/ports.ts';

type Shown = Pick<Store, 'figures' | 'list' | 'find' | 'lanes' | 'backup'>;

export interface FakeQueue {
  readonly store: Shown;
  readonly operator: Operator;
  /** What the operator was asked for. */
  readonly asked: unknown[];
  /** What he answers. */
  readonly answers: { deliveries: number; reroute: RerouteReport; resend: Acceptance | undefined };
  readonly records: readonly MessageRecord[];
}

export interface FakeQueueOptions {
  readonly records: readonly MessageRecord[];
  readonly figures: QueueFigures;
  readonly lanes?: readonly LaneSummary[];
}

export function createFakeQueue({ records, figures, lanes = [] }: FakeQueueOptions): FakeQueue {
  const asked: unknown[] = [];
  const answers: FakeQueue['answers'] = {
    deliveries: 1,
    reroute: { counts: { rerouted: 0, unchanged: 0, left: 0 }, reroutings: [] },
    resend: undefined,
  };
  const listed = records.flatMap(({ deliveries }) => deliveries);
  return {
    asked,
    answers,
    records,
    store: {
      figures: () => Promise.resolve(figures),
      list({ limit, before, ...filter }) {
        asked.push({ list: filter });
        const found = listed.filter((one) => !filter.state || one.state === filter.state);
        const start = found.findIndex(({ id }) => id === before) + 1;
        const deliveries = found.slice(start, start + limit);
        const last = deliveries.at(-1);
        const isMore = found.length > start + limit && last !== undefined;
        return Promise.resolve({ deliveries, ...(isMore && { next: last.id }) });
      },
      find: (id) =>
        Promise.resolve(
          records.find(
            ({ message, deliveries }) =>
              message.id === id || deliveries.some((delivery) => delivery.id === id),
          ),
        ),
      lanes: () => Promise.resolve(lanes),
      backup: (file) => {
        asked.push({ backup: file });
        return Promise.resolve();
      },
    },
    operator: {
      act(action, filter: DeliveryFilter) {
        asked.push({ [action]: filter });
        return Promise.resolve(answers.deliveries);
      },
      reroute(filter, options: RerouteOptions) {
        asked.push({ reroute: filter, ...options });
        return Promise.resolve(answers.reroute);
      },
      resend(id, forwardPaths) {
        asked.push({ resend: id, forwardPaths });
        return Promise.resolve(answers.resend);
      },
    },
  };
}

export interface FakeMessage {
  readonly id: string;
  readonly receivedAt: number;
  readonly subject?: string;
  readonly state?: DeliveryState;
  readonly dueAt?: number;
  readonly history?: readonly Attempt[];
  /** Absent: its body is gone. */
  readonly raw?: Uint8Array;
  /** Default: someone@example.com. */
  readonly forwardPaths?: readonly Address[];
  /** Default: the rule "default" to all of them, by the connection "play". */
  readonly route?: Route;
  readonly mayHaveBeenSent?: boolean;
}

/** A message with one delivery, whose id is the message's with "-1". */
export function fakeMessage({
  id,
  receivedAt,
  subject = 'Quarterly report',
  state = 'deferred',
  dueAt,
  history = [],
  raw,
  forwardPaths = [address('someone@example.com')],
  route = {
    rule: 'default',
    action: { kind: 'send', via: 'play', backup: [], priority: 'normal' },
    forwardPaths,
  },
  mayHaveBeenSent = state === 'unsure',
}: FakeMessage): MessageRecord {
  const from = address('app@example.com');
  const lane = laneOf({ kind: 'connection', name: 'play' }, from);
  const due = dueAt === undefined ? {} : { dueAt };
  const lastAttempt = history.at(-1);
  const delivery: DeliveryRecord = {
    id: `${id}-1`,
    messageId: id,
    receivedAt,
    client: 'erp',
    reversePath: from,
    from,
    subject,
    sizeBytes: raw?.length ?? 100,
    forwardPaths: route.forwardPaths,
    route: route.rule,
    connection: 'play',
    lane,
    state,
    attempts: history.length,
    ...due,
    ...(lastAttempt && { lastAttempt }),
    mayHaveBeenSent,
    fence: history.length,
    history,
    delivery: {
      id: `${id}-1`,
      messageId: id,
      route,
      connection: 'play',
      lane,
      state,
      attempts: history.length,
      agesFrom: receivedAt,
      lookUps: 0,
      ...due,
    },
  };
  return {
    message: {
      id,
      receivedAt,
      client: {
        name: 'erp',
        ip: '10.0.0.7',
        listener: 'apps',
        ehlo: 'erp',
        tls: false,
        senders: [{ text: '*', localPart: '*', domain: '*' }],
      },
      envelope: { reversePath: from, forwardPaths, smtpUtf8: false },
      sizeBytes: raw?.length ?? 100,
      headerBytes: raw ? Buffer.from(raw).indexOf('\r\n\r\n') + 4 : 10,
      subject,
      messageId: `<${id}@example.com>`,
      from,
      fromWasMissing: false,
    },
    deliveries: [delivery],
    ...(raw && { content: contentOf(raw) }),
  };
}

function contentOf(raw: Uint8Array): Content {
  return {
    sizeBytes: raw.length,
    async *read({ start = 0, end = raw.length } = {}) {
      // The same memory for each piece, as a store may do it.
      const piece = new Uint8Array(4);
      for (let at = start; at < end; at += piece.length) {
        const bytes = raw.subarray(at, Math.min(at + piece.length, end));
        piece.set(bytes);
        yield piece.subarray(0, bytes.length);
      }
    },
  };
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`"${text}" is no address`);
  return parsed;
}
