// Which deliveries are meant: read from a query or a JSON object, and said in words for the audit log.
import { deliveryStates } from '../core/delivery.ts';
import type { LaneKey } from '../core/lane.ts';
import type { DeliveryFilter } from '../relay/ports.ts';

/** What a filter may be asked for by, all as texts. */
export const filterNames = [
  'state',
  'client',
  'route',
  'connection',
  'lane',
  'address',
  'subject',
  'messageId',
  'since',
  'until',
] as const;

export type FilterName = (typeof filterNames)[number];

/** Values that are not empty. */
export type FilterFields = Readonly<Partial<Record<FilterName, string>>>;

/** Returns a sentence for people where a value makes no sense. */
export function toFilter(fields: FilterFields): DeliveryFilter | string {
  const { state: stateText, since, until, lane, messageId, ...texts } = fields;
  const state = deliveryStates.find((known) => known === stateText);
  if (stateText !== undefined && state === undefined) {
    return `"state" must be one of ${deliveryStates.join(', ')}`;
  }
  const [receivedFrom, receivedBefore] = [readTime(since), readTime(until)];
  if (Number.isNaN(receivedFrom) || Number.isNaN(receivedBefore)) {
    return '"since" and "until" must be times such as 2026-11-22T14:00:00Z';
  }
  return {
    ...texts,
    ...(state && { state }),
    // A lane that there is not has no deliveries.
    ...(lane !== undefined && { lane: lane.toLowerCase() as LaneKey }),
    ...(messageId !== undefined && { messageId: withBrackets(messageId) }),
    ...(receivedFrom !== undefined && { receivedFrom }),
    ...(receivedBefore !== undefined && { receivedBefore }),
  };
}

/** The fields of a query; what is empty was not asked for. */
export function fieldsOfQuery(query: (name: string) => string | undefined): FilterFields {
  const asked = filterNames.map((name) => [name, query(name)?.trim() ?? ''] as const);
  return Object.fromEntries(asked.filter(([, value]) => value !== ''));
}

/** Those that are given. */
export function givenFields(
  fields: Readonly<Partial<Record<FilterName, string | undefined>>>,
): FilterFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `state failed, client erp`; `all` where nothing narrows it. */
export function describeFilter({
  ids,
  receivedFrom,
  receivedBefore,
  ...texts
}: DeliveryFilter): string {
  const parts = [
    ...(ids === undefined ? [] : [`ids ${ids.slice(0, 5).join(' ')}${ids.length > 5 ? ' …' : ''}`]),
    ...Object.entries(texts).map(([name, text]) => `${name} ${text}`),
    ...(receivedFrom === undefined ? [] : [`since ${isoTime(receivedFrom)}`]),
    ...(receivedBefore === undefined ? [] : [`until ${isoTime(receivedBefore)}`]),
  ];
  return parts.length === 0 ? 'all' : parts.join(', ');
}

/** Epoch ms; NaN for what is no time. Without a zone it is UTC, as everything that is shown. */
function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hasZone = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes(':');
  return Date.parse(hasZone ? text : `${text}Z`);
}

function withBrackets(messageId: string): string {
  return `<${messageId.replaceAll(/^<|>$/g, '')}>`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
