// What would become of a message: asked by scripts as JSON, and by people in a form.
import type { Context, Hono } from 'hono';
import type { Explainer, ExplainQuestion } from '../relay/ports.ts';
import { explainPage } from './page/explain.ts';
import { problemResponse } from './problem.ts';
import { parseJson } from './read-json.ts';
import { readText } from './read-text.ts';

/** Rules see the first 256 KiB of a body; an attachment or two may be pasted along. */
const maxQuestionBytes = 4_000_000;

export interface ExplainOptions {
  readonly explain: Explainer;
  readonly clients: () => readonly string[];
}

export function addExplainApi(api: Hono, { explain }: ExplainOptions): void {
  api.post('/explain', async (c) => {
    const asked = parseJson(await readText(c, maxQuestionBytes));
    const question = asked && readQuestion(asked);
    if (!question) return problemResponse(c, badQuestion);
    const answer = await explain(question);
    if ('report' in answer) return c.json(answer.report);
    return problemResponse(c, { ...badQuestion, detail: answer.fault });
  });
}

export function addExplainPage(app: Hono, { explain, clients }: ExplainOptions): void {
  app.get('/explain', (c) => c.html(explainPage({ clients: clients() })));
  app.post('/explain', async (c) => {
    const form = await readForm(c);
    if (!form) return problemResponse(c, badQuestion);
    const question = {
      message: form.get('message') ?? '',
      client: form.get('client') ?? '',
      ...optional('mailFrom', form.get('mailFrom')),
      ...(wordsOf(form.get('rcpt')).length > 0 && { rcpt: wordsOf(form.get('rcpt')) }),
    };
    const answer = await explain(question);
    return c.html(
      explainPage({ clients: clients(), question, answer }),
      'fault' in answer ? 400 : 200,
    );
  });
}

const badQuestion = {
  status: 400,
  title: 'Bad request',
  detail:
    'A question has "message" (the message as text, 4 MB at most) and "client" (a name or an IP address); it may have address, listener, ehlo, mailFrom, and rcpt (a list)',
} as const;

async function readForm(c: Context): Promise<URLSearchParams | undefined> {
  const text = await readText(c, maxQuestionBytes);
  return text === undefined ? undefined : new URLSearchParams(text);
}

function readQuestion(asked: Readonly<Record<string, unknown>>): ExplainQuestion | undefined {
  const { message, client, rcpt } = asked;
  if (typeof message !== 'string' || typeof client !== 'string') return undefined;
  if (rcpt !== undefined && !isListOfTexts(rcpt)) return undefined;
  const texts = ['address', 'listener', 'ehlo', 'mailFrom'] as const;
  return {
    message,
    client,
    ...Object.assign({}, ...texts.map((key) => optional(key, asked[key]))),
    ...(rcpt !== undefined && { rcpt }),
  };
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function optional(key: string, value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'string' && value !== '' ? { [key]: value } : {};
}

function wordsOf(text: string | null): readonly string[] {
  return (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');
}
