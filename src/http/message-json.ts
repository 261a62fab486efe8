// Messages, deliveries and attempts as the API gives them: times as ISO 8601, nothing of a body.
import type { Attempt } from '../core/delivery.ts';
import type {
  DeliveryRecord,
  DeliverySummary,
  MessageRecord,
  RerouteReport,
} from '../relay/ports.ts';
import { isoTime } from './time-text.ts';

export function toDeliveryJson(delivery: DeliverySummary) {
  const { id, messageId, client, reversePath, from, subject, sizeBytes, forwardPaths } = delivery;
  const { route, connection, lane, state, attempts, receivedAt, dueAt, hold, lastAttempt } =
    delivery;
  return {
    ...{ id, messageId, client, reversePath, from, subject, sizeBytes, forwardPaths },
    ...{ route, connection, lane, state, attempts },
    receivedAt: isoTime(receivedAt),
    ...(dueAt !== undefined && { dueAt: isoTime(dueAt) }),
    ...(hold && { hold }),
    ...(lastAttempt !== undefined && { lastAttempt: toAttemptJson(lastAttempt) }),
  };
}

export function toMessageJson({ message, deliveries, content }: MessageRecord) {
  const { id, receivedAt, client, envelope, subject, from, sizeBytes } = message;
  const { messageId, reusedMessageId, isReport } = message;
  const { name, ip, listener, ehlo, login, tls } = client;
  return {
    id,
    receivedAt: isoTime(receivedAt),
    client: { name, ip, listener, ehlo, ...(login !== undefined && { login }), tls },
    reversePath: envelope.reversePath,
    forwardPaths: envelope.forwardPaths,
    ...{ from, subject, messageId, sizeBytes },
    ...(reusedMessageId !== undefined && { reusedMessageId }),
    ...(isReport && { isReport }),
    bodyKept: content !== undefined,
    deliveries: deliveries.map(toRecordJson),
  };
}

function toRecordJson(record: DeliveryRecord) {
  const { delivery, mayHaveBeenSent, history } = record;
  const { action, insteadOf, headers } = delivery.route;
  return {
    ...toDeliveryJson(record),
    action,
    ...(headers && { headers }),
    ...(insteadOf && { insteadOf }),
    mayHaveBeenSent,
    history: history.map(toAttemptJson),
  };
}

function toAttemptJson({ startedAt, endedAt, ...rest }: Attempt) {
  return { ...rest, startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) };
}

export function toRerouteJson({ counts, reroutings }: RerouteReport) {
  return {
    ...counts,
    reroutings: reroutings.map(({ instead, ...rerouting }) => ({
      ...rerouting,
      instead: instead.map(({ id, route, connection, state }) => ({
        ...{ id, route: route.rule, connection, state },
        forwardPaths: route.forwardPaths,
      })),
    })),
  };
}

/** As they stand in answers. */
export type DeliveryJson = ReturnType<typeof toDeliveryJson>;
export type MessageJson = ReturnType<typeof toMessageJson>;
export type AttemptJson = ReturnType<typeof toAttemptJson>;
export type RerouteJson = ReturnType<typeof toRerouteJson>;
