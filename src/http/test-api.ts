// The part of the API that sends a test e-mail and tells how far it came.
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { parseAddress, type Address } from '../core/address.ts';
import type {
  MailTester,
  TestMailFault,
  TestMailQuestion,
  TestMailReport,
  TestMailWay,
} from '../core/test-mail.ts';
import type { Events } from '../relay/ports.ts';
import { notFound } from './problem.ts';
import { badRequest, serveRoute } from './route.ts';
import { getTest, postTest } from './routes.ts';
import { testMailRequest, type TestMailReportJson } from './schema/test-mail.ts';
import { isoTime } from './time-text.ts';

export interface TestApiOptions {
  readonly tester: MailTester;
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may: for the audit log. */
  readonly who: (c: Context) => string;
}

export function addTestApi(api: Hono, options: TestApiOptions): void {
  serveRoute(api, postTest, async ({ c, body }) => {
    const question = readTestQuestion(body);
    const answer = 'fault' in question ? question : await sendTest(question, { ...options, c });
    return 'fault' in answer ? badRequest(c, answer.fault) : toReportJson(answer);
  });
  serveRoute(api, getTest, async ({ c, id }) => {
    const report = await options.tester.look(id);
    return report ? toReportJson(report) : notFound(c);
  });
}

/** Sends it, and says so in the audit log. The page's form does the same. */
export async function sendTest(
  question: TestMailQuestion,
  { tester, events, who, c }: TestApiOptions & { readonly c: Context },
): Promise<TestMailReport | TestMailFault> {
  const answer = await tester.send(question);
  if ('fault' in answer) return answer;
  const { to, way } = question;
  const what = `to ${to.join(', ')} over ${way.kind === 'smtp' ? 'SMTP' : `connection "${way.name}"`}`;
  events.operatorActed({ by: who(c), action: 'send-test', what, deliveries: to.length });
  return answer;
}

/** From JSON, or the fields of a form. */
export function readTestQuestion(asked: unknown): TestMailQuestion | TestMailFault {
  const read = testMailRequest.safeParse(asked);
  if (!read.success) return { fault: oneLine(z.prettifyError(read.error)) };
  const { to, from, format, ...rest } = read.data;
  const addresses = (typeof to === 'string' ? [to] : to).map(readAddress);
  const sender = from === undefined ? undefined : readAddress(from);
  const fault = [...addresses, sender].find((each) => typeof each === 'object');
  if (fault) return fault;
  const way = wayOf(rest);
  if ('fault' in way) return way;
  return {
    ...{ way, format },
    to: addresses.filter((each) => typeof each === 'string'),
    ...(typeof sender === 'string' && { from: sender }),
  };
}

function readAddress(text: string): Address | TestMailFault {
  return parseAddress(text.trim()) ?? { fault: `"${text}" is no address` };
}

function wayOf({
  connection,
  listener,
  username,
  password,
}: Omit<z.infer<typeof testMailRequest>, 'to' | 'format'>): TestMailWay | TestMailFault {
  if (connection === undefined) {
    return {
      kind: 'smtp',
      ...(listener !== undefined && { listener }),
      ...(username !== undefined && { login: { username, password: password ?? '' } }),
    };
  }
  if (listener === undefined && username === undefined)
    return { kind: 'connection', name: connection };
  return { fault: 'Give a connection, or a listener: the first goes past the second' };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ').replaceAll('✖ ', '');
}

export function toReportJson({ steps, ...report }: TestMailReport): TestMailReportJson {
  return { ...report, steps: steps.map(({ time, what }) => ({ time: isoTime(time), what })) };
}
