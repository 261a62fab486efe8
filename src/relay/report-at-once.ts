// Reports how a part of a message of a direct connection ended, where its client's 250 does not say it: at once, and once.
import { failed } from '../core/outcome.ts';
import { composeClaim } from './compose-claim.ts';
import { makeReport, type MadeReport, type MakeReportParts } from './make-report.ts';
import type { Claim, Content, DueReport } from './ports.ts';

export interface ReportAtOnceParts extends Omit<MakeReportParts, 'id' | 'now'> {
  readonly createId: () => string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What cannot be reported is in the log as a fault. Never rejects. */
export async function reportAtOnce(due: DueReport, parts: ReportAtOnceParts): Promise<void> {
  const { events } = parts;
  const { message, delivery } = due;
  try {
    const told = await tell(due, parts);
    const end = { id: message.id, delivery: delivery.id };
    if (!told) {
      warnOfSilence(due, parts);
      return events.reported({ ...end, result: 'dismissed' });
    }
    const { reversePath, action } = told;
    events.reported({ ...end, result: action, report: told.message.id, reversePath });
  } catch (error) {
    events.fault({ where: 'report', error, id: message.id });
  }
}

/** Undefined: nobody is to be told. Throws when it cannot be sent. */
async function tell(due: DueReport, parts: ReportAtOnceParts): Promise<MadeReport | undefined> {
  const { createId, now, signal } = parts;
  const made = await makeReport(asEnded(due), { ...parts, id: createId(), now: now() });
  if (!made) return undefined;
  const composed = await composeClaim(toClaim(made), parts);
  if (!('connection' in composed)) throw new Error(`The report cannot leave: ${composed.kind}`);
  const { connection, submission } = composed;
  const outcome = await connection.transport.send(submission, { signal });
  if (outcome.kind === 'delivered') return made;
  throw new Error(`The report was not sent: ${outcome.diagnostic}`);
}

/** Nothing is kept to be tried again: a deferral is the end of it. */
function asEnded(due: DueReport): DueReport {
  const { outcome } = due.attempt;
  if (outcome.kind === 'failed' || outcome.kind === 'delivered') return due;
  const { diagnostic, remote } = outcome;
  const end = failed('5.4.7', {
    reason: 'expired',
    diagnostic: `It could not be sent at once, and is not tried again: ${diagnostic}`,
    ...(remote && { remote }),
  });
  return { ...due, attempt: { ...due.attempt, outcome: end } };
}

/** A part of a message is lost, and only the log says so. */
function warnOfSilence(
  { delivery, message, attempt: { outcome } }: DueReport,
  { events }: ReportAtOnceParts,
): void {
  if (outcome.kind === 'delivered') return;
  const error = new Error(
    `A part of a message failed after another was sent, and its sender gets no report: route "${delivery.route.rule}": ${outcome.diagnostic}`,
  );
  events.fault({ where: 'direct', id: message.id, error });
}

function toClaim({ message, delivery, header, body }: MadeReport): Claim {
  const { id, messageId, route, connection, lane } = delivery;
  return {
    delivery: {
      id,
      messageId,
      route,
      connection,
      lane,
      state: 'sending',
      attempts: 1,
      agesFrom: message.receivedAt,
      lookUps: 0,
    },
    message,
    content: contentOf(Buffer.concat([header, body])),
    fence: 1,
    mayHaveBeenSent: false,
  };
}

function contentOf(bytes: Uint8Array): Content {
  return {
    sizeBytes: bytes.length,
    async *read({ start = 0, end = bytes.length } = {}) {
      yield bytes.subarray(start, end);
    },
  };
}
