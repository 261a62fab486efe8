// The form that sends a test e-mail, and the page that shows how far it came.
import type { Context, Hono } from 'hono';
import type { MailTester } from '../core/test-mail.ts';
import type { PageOptions } from './page-routes.ts';
import { framed } from './page/frame.ts';
import { testMailMain, type TestMailForm } from './page/test-mail.ts';
import { readText } from './read-text.ts';
import { readTestQuestion, sendTest } from './test-api.ts';

export interface TestPageOptions extends PageOptions {
  readonly tester: MailTester;
}

const maxFormBytes = 4_096;

export function addTestPage(app: Hono, options: TestPageOptions): void {
  app.get('/test', (c) => show(c, {}, options));
  app.post('/test', async (c) => {
    const form = new URLSearchParams(await readText(c, maxFormBytes));
    const asked = Object.fromEntries([...form].filter(([, value]) => value.trim() !== ''));
    const question = readTestQuestion(questionOf(asked));
    const answer = 'fault' in question ? question : await sendTest(question, { ...options, c });
    const { password: _, ...shown } = asked;
    if ('fault' in answer) return show(c, { asked: shown, fault: answer.fault }, options);
    // What can be looked at again gets an address of its own: it goes on there, and reloading sends nothing.
    if (answer.id !== undefined && answer.state === 'underWay') {
      return c.redirect(`/test/${encodeURIComponent(answer.id)}`, 303);
    }
    return show(c, { asked: shown, report: answer }, options);
  });
  const { checks } = options;
  if (checks) {
    app.post('/test/checks', async (c) => show(c, { findings: await checks() }, options));
  }
  app.get('/test/:id', async (c) => {
    const report = await options.tester.look(c.req.param('id'));
    return report ? show(c, { report }, options) : c.notFound();
  });
}

function show(
  c: Context,
  form: Omit<TestMailForm, 'source'>,
  options: TestPageOptions,
): Response | Promise<Response> {
  const main = testMailMain({ source: options, ...form });
  const isLive = form.report?.state === 'underWay';
  const page = framed(options.frameOf(c), { title: 'Test e-mail', entry: '/test', main, isLive });
  return c.html(page, form.fault === undefined ? 200 : 400);
}

/** The form has one choice for what the API asks in two. */
function questionOf({ way = '', ...asked }: Readonly<Record<string, string>>): unknown {
  const [kind, ...words] = way.split(' ');
  return kind === 'connection' || kind === 'listener'
    ? { ...asked, [kind]: words.join(' ') }
    : asked;
}
