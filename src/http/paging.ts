// One page of a list, as a query asks for it.
import type { Context } from 'hono';

export interface Page {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}

const defaultLimit = 50;
const maxLimit = 200;

/** Returns a sentence for people when the query makes no sense. */
export function readPage(c: Context): Page | string {
  const limit = Number(c.req.query('limit') ?? defaultLimit);
  const before = c.req.query('before');
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit || before === '') {
    return `"limit" must be a whole number from 1 to ${maxLimit}, and "before" the "next" of another page`;
  }
  return { limit, ...(before !== undefined && { before }) };
}
