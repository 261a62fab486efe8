// The page that says what would become of a message.
import type { Context, Hono } from 'hono';
import type { Explainer } from '../relay/ports.ts';
import { explainMain, type ExplainForm } from './page/explain.ts';
import { framed, type Frame } from './page/frame.ts';
import { readText } from './read-text.ts';
import { badRequest } from './route.ts';
import { postExplain } from './routes.ts';

/** Rules see the first 256 KiB of a body; an attachment or two may be pasted along. */
const maxQuestionBytes = 4_000_000;

export interface ExplainPageOptions {
  readonly explain: Explainer;
  /** Names of those in the configuration. */
  readonly clients: () => readonly string[];
  readonly frameOf: (c: Context) => Frame;
}

export function addExplainPage(app: Hono, options: ExplainPageOptions): void {
  app.get('/explain', (c) => show(c, {}, options));
  app.post('/explain', async (c) => {
    const form = await readForm(c);
    if (!form) return badRequest(c, postExplain.body?.expects ?? '');
    const question = {
      message: form.get('message') ?? '',
      client: form.get('client') ?? '',
      ...optional('mailFrom', form.get('mailFrom')),
      ...(wordsOf(form.get('rcpt')).length > 0 && { rcpt: wordsOf(form.get('rcpt')) }),
    };
    const answer = await options.explain(question);
    return show(c, { question, answer }, options);
  });
}

function show(
  c: Context,
  asked: Omit<ExplainForm, 'clients'>,
  { clients, frameOf }: ExplainPageOptions,
): Response | Promise<Response> {
  const main = explainMain({ clients: clients(), ...asked });
  const isFault = asked.answer !== undefined && 'fault' in asked.answer;
  const page = framed(frameOf(c), { title: 'Explain a message', entry: '/explain', main });
  return c.html(page, isFault ? 400 : 200);
}

async function readForm(c: Context): Promise<URLSearchParams | undefined> {
  const text = await readText(c, maxQuestionBytes);
  return text === undefined ? undefined : new URLSearchParams(text);
}

function optional(key: string, value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'string' && value !== '' ? { [key]: value } : {};
}

function wordsOf(text: string | null): readonly string[] {
  return (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');
}
