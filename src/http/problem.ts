// Errors of the API as problem details (RFC 9457).
import type { Context } from 'hono';

export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 421 | 422 | 500 | 503;
  /** The same for every problem of the kind. */
  readonly title: string;
  /** This one, and what to do about it. */
  readonly detail: string;
}

export function problemResponse(c: Context, { status, title, detail }: Problem): Response {
  const body = { type: 'about:blank', title, status, detail };
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' });
}

export function notFound(c: Context): Response {
  return problemResponse(c, {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing of that name; what was delivered, or came long ago, is forgotten',
  });
}
