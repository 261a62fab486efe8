// The life of one message as sentences: how it came, what was tried and what that means, what comes next, what to do.
import { wasTried, type Reason } from '../core/outcome.ts';
import type { AttemptJson, MessageJson } from '../http/message-json.ts';
import { formatBytes, formatElapsed, formatList, troubleOf } from '../http/words.ts';

type RecordJson = MessageJson['deliveries'][number];

export interface LifeStep {
  /** ISO 8601. */
  readonly time: string;
  /** What happened. */
  readonly what: string;
  /** What it means; absent where that is plain. */
  readonly meaning?: string;
}

/** Of one delivery: a message may have several, by route and recipient. */
export interface DeliveryLife {
  readonly id: string;
  readonly to: readonly string[];
  readonly way: string;
  readonly attempts: readonly LifeStep[];
  /** What happens to it now; `{time}` stands for `nextAt`. */
  readonly next: string;
  /** ISO 8601. */
  readonly nextAt?: string;
  /** Absent: there is nothing to do. */
  readonly remedy?: string;
}

export interface MessageLife {
  readonly id: string;
  readonly accepted: LifeStep;
  readonly deliveries: readonly DeliveryLife[];
}

export function lifeOf(message: MessageJson): MessageLife {
  return {
    id: message.id,
    accepted: acceptedStep(message),
    deliveries: message.deliveries.map((delivery) => deliveryLife(delivery, message)),
  };
}

function acceptedStep({ client, isReport, ...message }: MessageJson): LifeStep {
  const { receivedAt, reversePath, from, subject, sizeBytes } = message;
  const login = client.login === undefined ? '' : `, logged in as ${client.login}`;
  const origin = isReport
    ? `made by the gateway itself (${client.name})`
    : `accepted from client "${client.name}" (${client.ip}${login}; listener ${client.listener})`;
  const people = `MAIL FROM ${reversePath ?? '<>'}, From ${from || '(none)'}`;
  const what = `${origin}: ${people}, ${formatBytes(sizeBytes)}, subject "${subject}"`;
  return { time: receivedAt, what };
}

function deliveryLife(delivery: RecordJson, message: MessageJson): DeliveryLife {
  const { id, forwardPaths, route, connection, history, dueAt, state } = delivery;
  const remedy = remedyOf(delivery, message);
  const isAhead = dueAt !== undefined && state !== 'delivered' && state !== 'failed';
  return {
    id,
    to: forwardPaths,
    way: `rule "${route}" sends it over connection "${connection}" to ${formatList(forwardPaths, 5)}`,
    attempts: history.map(attemptStep),
    next: nextOf(delivery),
    ...(isAhead && { nextAt: dueAt }),
    ...(remedy !== undefined && { remedy }),
  };
}

function attemptStep(attempt: AttemptJson): LifeStep {
  const { number, connection, outcome, startedAt, endedAt } = attempt;
  const took = formatElapsed(Date.parse(endedAt) - Date.parse(startedAt));
  const trouble = troubleOf(outcome);
  const codes = trouble?.codes ?? [outcome.status];
  const requestId = outcome.remote?.requestId;
  const asked = requestId === undefined ? '' : `, request-id ${requestId}`;
  const start = wasTried(outcome)
    ? `attempt ${number} over "${connection}" (${took})`
    : `not tried over "${connection}"`;
  const what = `${start}: ${outcome.kind}, ${codes.join(', ')}${asked}`;
  return {
    time: startedAt,
    what,
    ...meaningOf(trouble ? [trouble.words, trouble.diagnostic] : passageWords(attempt)),
  };
}

function meaningOf(sentences: readonly string[]): Pick<LifeStep, 'meaning'> {
  return sentences.length === 0 ? {} : { meaning: sentences.join('. ') };
}

/** How a message went that did not go as it came. */
function passageWords({ passage }: AttemptJson): readonly string[] {
  if (passage === undefined) return [];
  const { transport, why, droppedFields } = passage;
  return [
    ...(transport === 'mime' ? [] : [`It went as ${transport}: ${why}`]),
    ...(droppedFields ? [`May be missing there: ${droppedFields.join(', ')}`] : []),
  ];
}

function nextOf({ state, hold, mayHaveBeenSent, attempts }: RecordJson): string {
  switch (state) {
    case 'ready':
      return attempts === 0 ? 'it waits for its turn, {time}' : 'it is tried again {time}';
    case 'sending':
      return 'an attempt is under way';
    case 'unsure':
      return 'it may have been sent: it is looked for in the mailbox {time}, before anything is sent again';
    case 'deferred':
      return hold === undefined
        ? 'it is tried again {time}'
        : 'it waits until somebody mends this, which does not age it; one message tries now and then, this one again {time}';
    case 'held':
      return mayHaveBeenSent
        ? 'it may have been sent, and waits until somebody decides'
        : 'it waits until somebody releases it';
    case 'failed':
      return 'nothing: it was given up';
    case 'delivered':
      return 'nothing: the next mail system has it, and answers for it';
  }
}

function remedyOf(
  { id, state, mayHaveBeenSent, lastAttempt }: RecordJson,
  { messageId }: MessageJson,
): string | undefined {
  const outcome = lastAttempt?.outcome;
  const reason = outcome === undefined || outcome.kind === 'delivered' ? undefined : outcome.reason;
  switch (state) {
    case 'delivered':
      return `Who misses it looks into junk mail first; an administrator of the next mail system finds it in its message trace by ${messageId}`;
    case 'held':
      return mayHaveBeenSent
        ? `Look into Sent Items; if it is not there: graphpost queue release ${id}`
        : `graphpost queue release ${id}, or graphpost queue rm ${id}`;
    case 'failed':
      // To send the same once more would meet the same answer.
      return reason === 'recipients' || reason === 'content'
        ? mends[reason]
        : `${mends[reason ?? 'internal']}; then: graphpost queue retry ${id}`;
    case 'deferred':
      return reason === undefined
        ? undefined
        : `${mends[reason]}; at once: graphpost queue retry ${id}`;
    case 'ready':
      return reason === 'throttled' ? mends.throttled : undefined;
    case 'sending':
    case 'unsure':
      return undefined;
  }
}

/** What an operator can do, where the diagnostic has not said it. */
const mends: Readonly<Record<Reason, string>> = {
  network: 'See that this machine reaches the host: DNS, firewall, HTTPS_PROXY',
  timeout: 'See that this machine reaches the host: firewall, proxy; else wait',
  server: 'Wait; of Microsoft 365, its service health page says what is known',
  throttled: 'Wait; send less at once, or from several mailboxes',
  quota: "Wait until the mailbox's day is over, or send from several mailboxes",
  credential:
    'Put a valid secret or certificate in place, or sign in again; the file is read again by itself',
  permission:
    'Grant the app the permission that is named above, in Entra or by RBAC for Applications',
  mailbox: 'See that the mailbox exists, has a licence, and is the right one in sendAs',
  sendAsDenied: 'Grant Send As on the mailbox, or let the rule send as another one (sendAs, from)',
  tooLarge: 'Send it smaller, or allow large messages (largeMessages, MaxSendSize)',
  recipients: 'Correct the recipients, and send it anew',
  rule: 'Correct the rule, see what it would do with "graphpost explain", and "graphpost queue reroute"',
  content: 'Correct what the app writes, and send it anew',
  configuration: 'Correct the configuration; "graphpost check" and "graphpost explain" help',
  expired: 'Mend what kept it waiting',
  cancelled: 'Send it anew where it is still wanted',
  internal: 'Look into the log for "fault", and report it',
};
