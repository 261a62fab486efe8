// Lists come page by page.
import { z } from 'zod';

const defaultLimit = 50;
const maxLimit = 200;

export const pageExpects = `"limit" must be a whole number from 1 to ${maxLimit}, and "before" the "next" of another page`;

const limit = z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit);
const before = z.string().min(1).optional().meta({ description: 'The `next` of the page before' });

/** What every list takes. */
export const pageFields = { limit, before };

/** The query of a list that has no filter. */
export const pageQuery = { schema: z.strictObject(pageFields), expects: pageExpects };

export type Page = z.infer<(typeof pageQuery)['schema']>;

export const next = z
  .string()
  .optional()
  .meta({ description: 'Absent on the last page; a page may be short, and still have one' });

interface Part<T> {
  readonly page: readonly T[];
  readonly next?: string;
}

/** One page of a list whose order may change meanwhile: its cursor is a position, and the last page comes for sure. */
export function pageAt<T>(all: readonly T[], { limit: most, before: cursor = '0' }: Page): Part<T> {
  const start = Number(cursor);
  const page = all.slice(Number.isInteger(start) ? Math.max(start, 0) : all.length, start + most);
  const hasMore = page.length === most && all.length > start + most;
  return { page, ...(hasMore && { next: String(start + most) }) };
}

/** One page of a list that forgets its oldest, which come last: its cursor is an id. */
export function pageOf<T>(
  all: readonly T[],
  { limit: most, before: cursor }: Page,
  idOf: (entry: T) => string,
): Part<T> {
  const found = cursor === undefined ? -1 : all.findIndex((entry) => idOf(entry) === cursor);
  // Of one that is gone, all that came after it is gone, too.
  const start = cursor !== undefined && found < 0 ? all.length : found + 1;
  const page = all.slice(start, start + most);
  const last = page.at(-1);
  const hasMore = all.length > start + most && last !== undefined;
  return { page, ...(hasMore && { next: idOf(last) }) };
}
