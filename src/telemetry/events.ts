// The events of the gateway: one function each, which writes the log line and the metric and never throws.
import type { Address } from '../core/address.ts';
import type { Attempt, DeliveryChange } from '../core/delivery.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Claim, Events } from '../relay/ports.ts';
import { describeError, stackOf } from './error-text.ts';
import type { Log } from './log.ts';
import type { LogLevel } from './log-events.ts';
import type { Metrics } from './metrics.ts';

export interface EventsOptions {
  readonly log: Log;
  readonly metrics: Metrics;
}

type EventOf<N extends keyof Events> = Parameters<Events[N]>[0];

export function createEvents({ log, metrics }: EventsOptions): Events {
  return {
    connectionOpened: each(
      ({ listener }) => {
        metrics.count('smtp_connections_total', { listener, result: 'accepted' });
        metrics.shift('smtp_connections_active', { listener }, 1);
      },
      ({ listener, ip, session }) =>
        log.write('debug', 'smtp.connected', { listener, ip, session }),
    ),
    connectionClosed: each(
      ({ listener }) => metrics.shift('smtp_connections_active', { listener }, -1),
      ({ listener, ip, session }) =>
        log.write('debug', 'smtp.disconnected', { listener, ip, session }),
    ),
    handshakeFailed: each(
      ({ listener }) => metrics.count('smtp_handshake_failures_total', { listener }),
      ({ listener, ip, diagnostic }) =>
        log.write('debug', 'smtp.handshakeFailed', { listener, ip, diagnostic }),
    ),
    certificateLoaded: each(
      ({ listener, expiresAt }) => {
        const name = 'tls_certificate_expiry_timestamp_seconds';
        metrics.set(name, { listener }, expiresAt / 1000);
      },
      ({ listener, expiresAt }) => {
        const line = { listener, expires: new Date(expiresAt).toISOString() };
        log.write('info', 'smtp.certificate', line);
      },
    ),
    loginAttempted: each(
      ({ listener, mechanism, result }) =>
        metrics.count('smtp_auth_attempts_total', { listener, mechanism, result }),
      ({ listener, ip, session, mechanism, username, result }) => {
        const level = result === 'success' ? 'debug' : 'warn';
        log.write(level, 'smtp.login', { listener, ip, session, mechanism, username, result });
      },
    ),
    refused: each(
      ({ listener, stage, reason }) => {
        metrics.count('smtp_rejections_total', { listener, stage, reason });
        if (stage === 'connect') {
          metrics.count('smtp_connections_total', { listener, result: 'refused' });
        }
      },
      ({ listener, ip, session, stage, reason, status, diagnostic, id, client }) => {
        const level = reason === 'store' || reason === 'internal' ? 'error' : 'info';
        const line = { id, listener, ip, session, client, stage, reason, status, diagnostic };
        log.write(level, 'smtp.refused', line);
      },
    ),
    clientVanished: each(({ listener, ip, session, receivedBytes }) =>
      log.write('info', 'smtp.vanished', { listener, ip, session, receivedBytes }),
    ),
    accepted: each(
      (event) => countAccepted(metrics, event),
      (event) => logAccepted(log, event),
    ),
    discarded: each(
      ({ route }) => metrics.count('messages_discarded_total', { route }),
      ({ id, route, client, forwardPaths }) => {
        const line = { id, route, client, to: forwardPaths, recipients: forwardPaths.length };
        log.write('info', 'message.discarded', line);
      },
    ),
    routeMatched: each(({ route }) => metrics.count('route_matches_total', { route })),
    attempted: each(
      (event) => countAttempt(metrics, event),
      (event) => logAttempt(log, event),
    ),
    reported: each(
      ({ result }) => metrics.count('reports_total', { result }),
      ({ id, delivery, result, report, reversePath: from }) =>
        log.write('info', 'message.reported', { id, delivery, result, report, from }),
    ),
    lookedFor: each(({ claim: { message, delivery }, result, dueAt }) =>
      log.write('info', 'delivery.lookedFor', {
        id: message.id,
        delivery: delivery.id,
        connection: delivery.connection,
        messageId: message.messageId,
        result,
        nextAt: dueAt === undefined ? undefined : new Date(dueAt).toISOString(),
      }),
    ),
    holdBegan: each(
      ({ connection, scope }) => metrics.shift('holds', { connection, scope }, 1),
      ({ connection, scope, lane, from, diagnostic }) => {
        const line = { connection, hold: scope, lane, headerFrom: from, diagnostic };
        log.write('error', 'hold.began', line);
      },
    ),
    holdEnded: each(
      ({ connection, scope }) => metrics.shift('holds', { connection, scope }, -1),
      ({ connection, scope, lane, from, cause, durationMs }) => {
        const line = { connection, hold: scope, lane, headerFrom: from, result: cause, durationMs };
        log.write('info', 'hold.ended', line);
      },
    ),
    possibleDuplicate: each(
      ({ connection }) => metrics.count('possible_duplicates_total', { connection }),
      ({ id, connection, messageId }) =>
        log.write('warn', 'delivery.possibleDuplicate', { id, connection, messageId }),
    ),
    breakerChanged: each(
      ({ connection, state }) =>
        metrics.set('breaker_state', { connection }, state === 'open' ? 1 : 0),
      ({ connection, state }) =>
        log.write(state === 'open' ? 'error' : 'info', 'breaker.changed', {
          connection,
          result: state,
        }),
    ),
    graphRequestStarted: each(({ connection }) =>
      metrics.shift('graph_requests_in_flight', { connection }, 1),
    ),
    graphRequestEnded: each(
      ({ connection, operation, code, durationMs }) => {
        metrics.shift('graph_requests_in_flight', { connection }, -1);
        metrics.count('graph_requests_total', { connection, operation, code });
        const labels = { connection, operation };
        metrics.observe('graph_request_duration_seconds', labels, durationMs / 1000);
      },
      ({ connection, operation, code, durationMs, requestId }) =>
        log.write('debug', 'graph.request', { connection, operation, code, durationMs, requestId }),
    ),
    tokenRequested: each(
      ({ connection, result }) => {
        metrics.count('token_requests_total', { connection, result });
        metrics.set('connection_up', { connection }, result === 'success' ? 1 : 0);
      },
      ({ connection, result, diagnostic }) => {
        const level = result === 'success' ? 'debug' : 'warn';
        log.write(level, 'token.requested', { connection, result, diagnostic });
      },
    ),
    storeCommitted: each(
      ({ durationMs }) => metrics.observe('store_commit_duration_seconds', {}, durationMs / 1000),
      ({ messages, durationMs }) => log.write('debug', 'store.committed', { messages, durationMs }),
    ),
    operatorActed: each(({ by, action, what, deliveries }) =>
      log.write('info', 'operator.acted', { by, action, what, deliveries }),
    ),
    alerted: each(
      ({ channel, result }) => metrics.count('alerts_total', { channel, result }),
      ({ channel, result, alerts }) =>
        log.write(result === 'told' ? 'info' : 'debug', 'alert', { channel, result, alerts }),
    ),
    fault: each(({ where, error, id }) => {
      const line = { id, where, error: describeError(error), stack: stackOf(error) };
      log.write('error', 'fault', line);
    }),
    notice: each(({ level, event, text }) => log.notice(level, event, text)),
  };
}

/** Calls every writer, whatever becomes of the others: a log that fails costs neither the count nor the mail. */
function each<E>(...writers: readonly ((event: E) => void)[]): (event: E) => void {
  return (event) => {
    for (const write of writers) {
      try {
        write(event);
      } catch {
        // There is nowhere left to say it.
      }
    }
  };
}

function countAccepted(metrics: Metrics, { message, durationMs }: EventOf<'accepted'>): void {
  const { listener, name: client } = message.client;
  metrics.count('messages_received_total', { listener, client });
  metrics.observe('smtp_transaction_duration_seconds', { listener }, durationMs / 1000);
}

function logAccepted(log: Log, event: EventOf<'accepted'>): void {
  const { message, forwardPaths, routes, durationMs } = event;
  log.write('info', 'message.accepted', {
    id: message.id,
    listener: message.client.listener,
    client: message.client.name,
    ip: message.client.ip,
    session: message.client.session,
    username: message.client.login,
    from: reversePathText(message.envelope.reversePath),
    headerFrom: message.from,
    to: forwardPaths,
    recipients: forwardPaths.length,
    routes,
    sizeBytes: message.sizeBytes,
    messageId: message.messageId,
    reusedMessageId: message.reusedMessageId,
    durationMs,
  });
}

function countAttempt(metrics: Metrics, event: EventOf<'attempted'>): void {
  const { claim, attempt, change } = event;
  const { connection, outcome } = attempt;
  metrics.count('delivery_attempts_total', { connection, result: resultOf(outcome) });
  if (change.state === 'delivered') {
    const transport = attempt.passage?.transport ?? 'mime';
    metrics.count('messages_delivered_total', { connection, transport });
    metrics.observe('delivery_latency_seconds', { connection }, delayMs(claim, attempt) / 1000);
  }
  if (change.state === 'failed') {
    const reason = outcome.kind === 'failed' ? outcome.reason : 'expired';
    metrics.count('messages_failed_total', { connection, reason });
  }
  const up = connectionUp(outcome);
  if (up !== undefined) metrics.set('connection_up', { connection }, up);
}

function logAttempt(log: Log, { claim, attempt, change, sendAs }: EventOf<'attempted'>): void {
  const { message, delivery } = claim;
  const { forwardPaths, rule } = delivery.route;
  const { outcome } = attempt;
  log.write(levelOf(outcome, change), 'delivery.attempted', {
    id: message.id,
    delivery: delivery.id,
    messageId: message.messageId,
    client: message.client.name,
    from: reversePathText(message.envelope.reversePath),
    headerFrom: message.from,
    to: forwardPaths,
    recipients: forwardPaths.length,
    sendAs,
    route: rule,
    connection: attempt.connection,
    attempt: attempt.number,
    outcome: outcome.kind,
    status: outcome.status,
    ...(outcome.kind === 'delivered'
      ? {}
      : { reason: outcome.reason, diagnostic: outcome.diagnostic }),
    hold: outcome.kind === 'deferred' ? outcome.hold : undefined,
    errorCode: outcome.remote?.code,
    httpStatus: outcome.remote?.httpStatus,
    requestId: outcome.remote?.requestId,
    state: change.state,
    nextAt: change.dueAt === undefined ? undefined : new Date(change.dueAt).toISOString(),
    delayMs: delayMs(claim, attempt),
    durationMs: attempt.endedAt - attempt.startedAt,
  });
}

function resultOf(outcome: Outcome): string {
  return isThrottled(outcome) ? 'throttled' : outcome.kind;
}

function isThrottled(outcome: Outcome): boolean {
  return outcome.kind === 'deferred' && outcome.reason === 'throttled';
}

/** What an attempt tells of its connection: 1, 0, or nothing where the trouble was the message's own. */
function connectionUp(outcome: Outcome): 0 | 1 | undefined {
  if (outcome.kind === 'delivered') return 1;
  const isItsFault =
    outcome.reason === 'network' ||
    outcome.reason === 'credential' ||
    (outcome.kind === 'deferred' && outcome.hold === 'connection');
  return isItsFault ? 0 : undefined;
}

function levelOf(outcome: Outcome, change: DeliveryChange): LogLevel {
  if (change.state === 'failed') return 'error';
  return outcome.kind === 'delivered' || isThrottled(outcome) ? 'info' : 'warn';
}

function delayMs(claim: Claim, attempt: Attempt): number {
  return Math.max(0, attempt.endedAt - claim.message.receivedAt);
}

function reversePathText(reversePath: Address | null): string {
  return reversePath ?? '<>';
}
