// The report of `graphpost explain` as text for a terminal: nothing in the message gives that one orders.
import type { ConditionTrace, RecipientTrace, RuleTrace } from '../core/explain.ts';
import { printableLine } from './printable.ts';
import type { ExplainReport, RouteReport, SendReport } from './report.ts';

export function formatReport(report: ExplainReport): string {
  const text = [
    formatHead(report),
    ...report.recipients.map(formatRecipient),
    ...report.routes.map((route) => formatRoute(route, report.header ?? '')),
    formatEnd(report),
  ].join('\n');
  return text.split('\n').map(printableLine).join('\n');
}

function formatHead(report: ExplainReport): string {
  const { client, address, mailFrom, sizeBytes, content } = report;
  if (client === undefined) return '';
  const size = sizeBytes === undefined ? '' : `, ${sizeBytes} bytes`;
  const lines = [`From client ${client} (${address}), MAIL FROM ${mailFrom}${size}`];
  if (content) {
    const { texts, attachments } = content;
    const [parts, files] = [texts.length, attachments.length];
    lines.push(`A rule asks for its content: ${parts} of text, ${files} attached`);
  }
  return `${lines.join('\n')}\n`;
}

function formatEnd({ outcome, reply, refusedAt, diagnostic }: ExplainReport): string {
  if (refusedAt === undefined) return `The client gets: ${reply}\nOutcome: ${outcome}\n`;
  return `The client gets, at ${refusedAt}: ${reply}\nCause: ${diagnostic}\nOutcome: ${outcome}\n`;
}

function formatRecipient({ recipient, rules, taken }: RecipientTrace): string {
  return [`${recipient} takes ${taken}`, ...rules.flatMap(formatRule), ''].join('\n');
}

function formatRule({ rule, holds, when }: RuleTrace): readonly string[] {
  const line = `  ${mark(holds)} ${rule}`;
  return when ? [line, ...formatTrace(when, '      ')] : [`${line}: always`];
}

function formatTrace(trace: ConditionTrace, indent: string): readonly string[] {
  const start = `${indent}${mark(trace.holds)} `;
  switch (trace.kind) {
    case 'all':
    case 'any':
      return [
        `${start}${trace.kind} of`,
        ...trace.parts.flatMap((part) => formatTrace(part, `${indent}  `)),
      ];
    case 'not':
      return [`${start}not`, ...formatTrace(trace.part, `${indent}  `)];
    case 'property':
      return trace.tests.map(
        ({ text, holds }) =>
          `${indent}${mark(holds)} ${trace.property} ${text}: ${formatValues(trace.values)}`,
      );
  }
}

function mark(holds: boolean): string {
  return holds ? '✓' : '✗';
}

function formatValues(values: readonly string[]): string {
  return values.length === 0 ? 'there is none' : `it is ${values.map(quote).join(', ')}`;
}

function quote(value: string): string {
  return JSON.stringify(value);
}

function formatRoute(route: RouteReport, header: string): string {
  const { rule, action, recipients, insteadOf, refusal, sends } = route;
  const lines = [
    `Route ${rule}: ${action}${waitText(route)}`,
    ...(insteadOf ? [row('instead of', insteadOf.join(', '))] : []),
    ...(sends.length === 0 ? [row('recipients', recipients.join(', '))] : []),
    ...(refusal === undefined ? [] : [row('impossible', refusal)]),
    ...sends.flatMap((send) => formatSend(send, header)),
  ];
  return `${lines.join('\n')}\n`;
}

function waitText({ action, wait }: RouteReport): string {
  if (wait === undefined) return '';
  switch (wait) {
    case 'rule':
      return ', held until it is released';
    case 'sending':
      return action === 'drop'
        ? ', as all mail is dropped (sending: drop)'
        : ', held as all mail is, until sending is normal';
    case 'both':
      return ', held as all mail is, until sending is normal, and then until it is released';
  }
}

function formatSend(send: SendReport, header: string): readonly string[] {
  const { connection, backup, priority, transport, why } = send;
  const via = backup.length > 0 ? `${connection}, else ${backup.join(', ')}` : connection;
  return [
    row('recipients', send.recipients.join(', ')),
    row('via', priority === 'high' ? `${via} (high priority)` : via),
    row('From', send.from),
    row('mailbox', send.sendAs),
    row('lane', send.lane),
    row('size', `${send.sizeBytes} bytes`),
    row('transport', `${transport}: ${why}`),
    '  header:',
    ...diffFields(header, send.header),
  ];
}

function row(label: string, text: string): string {
  return `  ${`${label}:`.padEnd(12)} ${text}`;
}

/** The fields of both headers: ` ` in both, `-` as received, `+` as it would leave. */
function diffFields(before: string, after: string): readonly string[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  const lines: string[] = [];
  let next = 0;
  for (const field of fresh) {
    const found = old.indexOf(field, next);
    if (found < 0) {
      lines.push(...marked('+', field));
      continue;
    }
    for (const gone of old.slice(next, found)) lines.push(...marked('-', gone));
    lines.push(...marked(' ', field));
    next = found + 1;
  }
  return [...lines, ...old.slice(next).flatMap((gone) => marked('-', gone))];
}

function fieldsOf(header: string): readonly string[] {
  return header === '' ? [] : header.split(/\n(?![ \t])/);
}

function marked(sign: string, field: string): readonly string[] {
  return field.split('\n').map((line) => `    ${sign} ${line}`);
}
