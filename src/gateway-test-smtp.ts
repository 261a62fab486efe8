// A test e-mail that goes into a listener, as an app would hand it over.
import { Readable } from 'node:stream';
import type { Config, Endpoint } from './config/config.ts';
import type {
  TestMailFault,
  TestMailQuestion,
  TestMailReport,
  TestMailStep,
} from './core/test-mail.ts';
import { toMail } from './gateway-test-question.ts';
import { toAuthority } from './http/try-line.ts';
import { mime } from './mime/mime.ts';
import type { Clock } from './relay/ports.ts';
import { composeTestMail } from './relay/test-mail.ts';
import { handOver, type HandedOver } from './smarthost/hand-over.ts';

export interface SmtpTestParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly config: () => Config;
  /** Where the gateway listens, with the ports that were bound. */
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
}

/** Into the listener, and no further: a queued message has only begun its way then. */
export async function testBySmtp(
  question: TestMailQuestion,
  { clock, listeners, ...parts }: SmtpTestParts,
): Promise<TestMailReport | TestMailFault> {
  const mail = toMail(question, parts.config());
  if ('fault' in mail) return mail;
  const { listener: name, login } = question.way.kind === 'smtp' ? question.way : {};
  const listener = name === undefined ? listeners[0] : listeners.find((each) => each.name === name);
  if (!listener) return { fault: `There is no listener "${name ?? ''}"` };
  const startedAt = clock.now();
  const config = parts.config().listeners.find((each) => each.name === listener.name);
  const here = { host: reachable(listener.host), port: listener.port };
  const message = composeTestMail(mail, { mime });
  const answer = await handOver(
    { reversePath: mail.from, forwardPaths: mail.to, content: Readable.from([message]) },
    {
      ...here,
      implicitTls: config?.tls?.mode === 'implicit',
      hostname: mail.hostname,
      ...(login && { login }),
    },
  );
  const isDirect = config?.mode === 'direct';
  const place = `listener "${listener.name}" at ${toAuthority(here)}`;
  return toSmtpReport(answer, { place, isDirect, startedAt, now: clock.now() });
}

interface SmtpFacts {
  readonly place: string;
  readonly isDirect: boolean;
  readonly startedAt: number;
  readonly now: number;
}

function toSmtpReport(
  answer: HandedOver,
  { place, isDirect, startedAt, now }: SmtpFacts,
): TestMailReport {
  const begun: TestMailStep = { time: startedAt, what: `Handed over to ${place}` };
  if (answer.kind === 'refused') {
    const code = answer.code === undefined ? 'there was no answer' : `${answer.code}`;
    const explained =
      answer.code === undefined
        ? `The ${place} did not answer: does the gateway run?`
        : `The ${place} did not take it; the gateway's log says why ("refused")`;
    return {
      state: 'undelivered',
      steps: [begun, { time: now, what: `Refused at ${answer.stage}: ${code}` }],
      error: { explained, raw: answer.text },
    };
  }
  const id = /\b(?:queued|passed on) as (\S+)/.exec(answer.reply)?.[1];
  return {
    state: isDirect ? 'delivered' : 'underWay',
    ...(id !== undefined && { id }),
    steps: [begun, { time: now, what: `The listener answered: ${answer.reply}` }],
  };
}

/** What listens on all addresses listens on this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
