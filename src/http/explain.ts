// What would become of a message, asked by scripts.
import type { Hono } from 'hono';
import type { Explainer, ExplainQuestion } from '../relay/ports.ts';
import { badRequest, serveRoute } from './route.ts';
import { postExplain, type AskedQuestion } from './routes.ts';

export function addExplainApi(api: Hono, explain: Explainer): void {
  serveRoute(api, postExplain, async ({ c, body }) => {
    const answer = await explain(toQuestion(body));
    return 'report' in answer ? { ...answer.report } : badRequest(c, answer.fault);
  });
}

/** What is left empty was not asked. */
function toQuestion({ message, client, rcpt, ...texts }: AskedQuestion): ExplainQuestion {
  const given = Object.entries(texts).filter(([, text]) => text !== '' && text !== undefined);
  return { message, client, ...Object.fromEntries(given), ...(rcpt && { rcpt }) };
}
