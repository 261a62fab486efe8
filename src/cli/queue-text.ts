// What the queue command prints for people: entries of two or three lines that fit 80 columns, times relative and in UTC.
import type { AttemptJson, DeliveryJson, MessageJson, RerouteJson } from '../http/message-json.ts';
import type { LaneView } from '../http/schema/lane.ts';
import {
  formatBytes,
  formatCount,
  formatDistance,
  formatElapsed,
  formatList,
  stateWords,
  troubleOf,
} from '../http/words.ts';
import { deliveryStates } from '../core/delivery.ts';
import { wasTried } from '../core/outcome.ts';
import type { StatusJson } from './queue-api.ts';
import { printable } from '../trial/printable.ts';
import { cut, formatTable } from './terminal-text.ts';

export interface TextOptions {
  /** Epoch ms. */
  readonly now: number;
  /** Letters of a line. */
  readonly columns: number;
  /** Colours are wanted. */
  readonly isColoured: boolean;
}

const indent = '  ';
/** The longest state. */
const stateWidth = 9;

/** One delivery in a list. */
export function formatEntry(delivery: DeliveryJson, options: TextOptions): string {
  const { messageId, state, from, reversePath, forwardPaths, subject, client, route } = delivery;
  const { columns } = options;
  const people = `${printable(from || (reversePath ?? '<>'))} → ${printable(formatList(forwardPaths, 2))}`;
  const head = `${messageId}  ${state.padEnd(stateWidth)}  ${people}`;
  const about = `${indent}${when(delivery.receivedAt, options)}, ${client} by ${route} → ${delivery.connection}`;
  const lines = [
    colourState(cut(head, columns), state, options),
    cut(about, columns),
    cut(`${indent}${printable(subject) || '(no subject)'}`, columns),
    ...troubleLines(delivery, options),
  ];
  return `${lines.join('\n')}\n`;
}

function troubleLines(delivery: DeliveryJson, options: TextOptions): readonly string[] {
  const { state, attempts, dueAt, lastAttempt } = delivery;
  const trouble = state === 'delivered' ? undefined : troubleOf(lastAttempt?.outcome);
  const next = isWaiting(state) && dueAt !== undefined ? `next ${distance(dueAt, options)}` : '';
  const counted = attempts === 0 ? '' : formatCount(attempts, 'attempt');
  const pace = [counted, next].filter((text) => text !== '').join(', ');
  const text = trouble && `${trouble.words} (${trouble.codes.join(', ')})`;
  const line = [pace, text].filter((part) => part !== undefined && part !== '').join(': ');
  return line === '' || (attempts === 0 && !trouble && state !== 'held')
    ? []
    : [cut(`${indent}${printable(line)}`, options.columns)];
}

/** One message with everything that became of it. */
export function formatMessage(message: MessageJson, options: TextOptions): string {
  const { client, forwardPaths, reversePath } = message;
  const login = client.login === undefined ? '' : `, logged in as ${client.login}`;
  const facts = formatTable([
    ['Queue id', message.id],
    ['Received', when(message.receivedAt, options)],
    ['Client', printable(`${client.name} (${client.ip}${login}; listener ${client.listener})`)],
    ['MAIL FROM', printable(reversePath ?? '<>')],
    ['RCPT TO', printable(formatList(forwardPaths, 20))],
    ['From', printable(message.from) || '(none)'],
    ['Subject', printable(message.subject) || '(none)'],
    ['Message-ID', printable(message.messageId)],
    [
      'Size',
      `${formatBytes(message.sizeBytes)}${message.bodyKept ? '' : ', its body is not kept any more'}`,
    ],
  ]);
  const deliveries = message.deliveries.map((delivery) => formatDelivery(delivery, options));
  return `${facts}\n\n${deliveries.join('\n')}`;
}

function formatDelivery(delivery: MessageJson['deliveries'][number], options: TextOptions): string {
  const { id, state, route, connection, lane, dueAt, history, mayHaveBeenSent } = delivery;
  const next = isWaiting(state) && dueAt !== undefined ? `, next ${distance(dueAt, options)}` : '';
  const doubt = mayHaveBeenSent && state !== 'unsure' ? ', it may have been sent' : '';
  const lines = [
    colourState(`Delivery ${id}: ${state}`, state, options),
    `${indent}${stateWords[state]}${next}${doubt}`,
    `${indent}route ${route} by ${connection}; lane ${printable(lane)}`,
    `${indent}to ${printable(formatList(delivery.forwardPaths, 20))}`,
    ...history.flatMap((attempt) => formatAttempt(attempt, options)),
  ];
  return `${lines.join('\n')}\n`;
}

function formatAttempt(attempt: AttemptJson, options: TextOptions): readonly string[] {
  const { number, connection, outcome, passage, startedAt, endedAt } = attempt;
  const took = formatElapsed(Date.parse(endedAt) - Date.parse(startedAt));
  const trouble = troubleOf(outcome);
  const requestId = outcome.remote?.requestId;
  return [
    wasTried(outcome)
      ? `${indent}${number}. ${when(startedAt, options)} by ${connection}, ${took}: ${outcome.kind} ${outcome.status}`
      : `${indent}Not tried ${when(startedAt, options)} by ${connection}: ${outcome.kind} ${outcome.status}`,
    ...(passage ? [`${indent.repeat(3)}as ${passage.transport}: ${printable(passage.why)}`] : []),
    ...(passage?.droppedFields
      ? [`${indent.repeat(3)}may be missing there: ${printable(passage.droppedFields.join(', '))}`]
      : []),
    ...(trouble ? [`${indent.repeat(3)}${trouble.words}: ${printable(trouble.diagnostic)}`] : []),
    ...(trouble && trouble.codes.length > 1
      ? [`${indent.repeat(3)}${printable(trouble.codes.slice(1).join(', '))}`]
      : []),
    ...(requestId === undefined ? [] : [`${indent.repeat(3)}request-id ${printable(requestId)}`]),
  ];
}

export function formatStats(
  { summary, queue }: StatusJson,
  lanes: readonly Pick<LaneView, 'lane' | 'waiting' | 'sending' | 'concurrency' | 'pausedUntil'>[],
  options: TextOptions,
): string {
  const figures = queue
    ? [
        ...deliveryStates.map((state) => [
          state,
          queue.deliveries[state].toLocaleString('en'),
          stateWords[state],
          oldestOf(queue.oldestByState?.[state], options),
        ]),
        ['bodies', formatBytes(queue.bodyBytes), 'kept'],
        ...(queue.oldestReceivedAt === undefined
          ? []
          : [['oldest', when(queue.oldestReceivedAt, options), '']]),
      ]
    : [];
  const busy = lanes.map(({ lane, waiting, sending, concurrency, pausedUntil }) => [
    `${waiting}${waiting >= 1_000 ? '+' : ''} waiting`,
    `${sending}/${concurrency} sending`,
    ...(pausedUntil === undefined ? [''] : [`goes on ${distance(pausedUntil, options)}`]),
    printable(lane),
  ]);
  return [
    summary.remedy === undefined ? summary.text : `${summary.text}\nTo do: ${summary.remedy}`,
    formatTable(figures),
    ...(busy.length > 0 ? ['Lanes', formatTable(busy)] : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function oldestOf(receivedAt: string | undefined, options: TextOptions): string {
  return receivedAt === undefined ? '' : `the oldest came ${when(receivedAt, options)}`;
}

export function formatRerouting(
  report: RerouteJson,
  { dryRun }: { readonly dryRun: boolean },
): string {
  const lines = report.reroutings.map(
    ({ deliveryId, route, connection, verdict, reason, instead }) => {
      const start = `${deliveryId}  ${route} by ${connection}`;
      if (verdict === 'left') return `${start}: left as it is. ${printable(reason ?? '')}`;
      if (verdict === 'unchanged') return `${start}: the same by the rules of today`;
      const ways = instead.map(
        (one) => `${one.route} by ${one.connection}${one.state === 'held' ? ', held' : ''}`,
      );
      return `${start} → ${ways.join('; ')}`;
    },
  );
  const { rerouted, unchanged, left } = report;
  const verb = dryRun ? 'would be re-routed' : 're-routed';
  const more = rerouted + unchanged + left - lines.length;
  return [
    ...lines,
    ...(more > 0 ? [`… and ${more.toLocaleString('en')} more`] : []),
    `${formatCount(rerouted, 'delivery', 'deliveries')} ${verb}, ${unchanged} unchanged, ${left} left`,
    '',
  ].join('\n');
}

function isWaiting(state: DeliveryJson['state']): boolean {
  return state === 'ready' || state === 'deferred' || state === 'unsure';
}

/** `4 minutes ago (2026-11-22T14:03:22Z)`. */
export function when(time: string, { now }: TextOptions): string {
  return `${formatDistance(Date.parse(time), now)} (${time.slice(0, 19)}Z)`;
}

export function distance(time: string, { now }: TextOptions): string {
  return formatDistance(Math.max(Date.parse(time), now), now);
}

const colours: Readonly<Record<DeliveryJson['state'], number>> = {
  ready: 34,
  sending: 34,
  unsure: 35,
  held: 35,
  deferred: 33,
  failed: 31,
  delivered: 32,
};

function colourState(
  line: string,
  state: DeliveryJson['state'],
  { isColoured }: TextOptions,
): string {
  return isColoured ? line.replace(state, `\u{1b}[${colours[state]}m${state}\u{1b}[0m`) : line;
}
