// Errors of the API as problem details (RFC 9457).
import type { Context } from 'hono';

export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 413 | 421 | 500 | 503;
  /** The same for every problem of the kind. */
  readonly title: string;
  /** This one, and what to do about it. */
  readonly detail: string;
}

export function problemResponse(c: Context, { status, title, detail }: Problem): Response {
  const body = { type: 'about:blank', title, status, detail };
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' });
}
