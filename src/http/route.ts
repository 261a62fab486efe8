// A route of the API is declared once, with what it takes and answers: it is served by that, and openapi.json is made of it.
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { problemResponse, type Problem } from './problem.ts';
import { readJson } from './read-json.ts';

export interface Route<Query, Body, Answer> {
  readonly method: 'get' | 'post' | 'delete';
  /** Below `/api/v1`, with its variables in braces: `/messages/{id}`. */
  readonly path: string;
  /** What it does, for openapi.json and docs/api.md: a phrase without a full stop. */
  readonly summary: string;
  readonly query?: Taken<Query>;
  /** A JSON object; a request without a body has an empty one. */
  readonly body?: Taken<Body> & {
    /** An object that makes sense, for the documentation. */
    readonly example: object;
    /** Default: 64 KiB. */
    readonly maxBytes?: number;
  };
  readonly answer: JsonAnswer<Answer> | RawAnswer;
  /** Statuses of problems, beside those that every route has. */
  readonly problems: readonly Problem['status'][];
}

/** What a request brings. */
export interface Taken<T> {
  readonly schema: z.ZodType<T>;
  /** What is said where it does not fit: a sentence for people, without a full stop. */
  readonly expects: string;
}

export interface JsonAnswer<Answer> {
  readonly kind: 'json';
  /** Default: 200. */
  readonly status?: 200 | 201;
  readonly schema: z.ZodType<Answer>;
}

/** The bytes of a message. */
export interface RawAnswer {
  readonly kind: 'message';
}

export interface Asked<Query, Body> {
  readonly c: Context;
  /** What the path has for `{id}` or `{name}`; '' where it has neither. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
}

/** Of which kind a route is, does not matter to who describes it. */
export type AnyRoute = Route<unknown, unknown, unknown>;

/** Only says which types it has. */
export function declareRoute<Query = undefined, Body = undefined, Answer = never>(
  route: Route<Query, Body, Answer>,
): Route<Query, Body, Answer> {
  return route;
}

/** @param handle answers with what the route promises, or with a problem */
export function serveRoute<Query, Body, Answer>(
  api: Hono,
  route: Route<Query, Body, Answer>,
  handle: (asked: Asked<Query, Body>) => Promise<Answer | Response> | Answer | Response,
): void {
  api.on(route.method.toUpperCase(), honoPathOf(route.path), async (c) => {
    const query = take(route.query, queryOf(c));
    if (query.fault !== undefined) return badRequest(c, query.fault);
    const body = route.body && take(route.body, await readJson(c, route.body.maxBytes));
    if (body?.fault !== undefined) return badRequest(c, body.fault);
    // A route that declares none of them has nothing to read them as.
    const asked = { query: query.value as Query, body: body?.value as Body };
    const answer = await handle({
      c,
      id: c.req.param('id') ?? c.req.param('name') ?? '',
      ...asked,
    });
    return answer instanceof Response ? answer : jsonOf(c, answer, route.answer);
  });
}

export function badRequest(c: Context, detail: string): Response {
  return problemResponse(c, { status: 400, title: 'Bad request', detail });
}

function honoPathOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function jsonOf<Answer>(
  c: Context,
  value: Answer,
  answer: Route<unknown, unknown, Answer>['answer'],
): Response {
  const status = answer.kind === 'json' ? (answer.status ?? 200) : 200;
  return c.body(JSON.stringify(value), status, { 'Content-Type': 'application/json' });
}

/** What is left empty was not asked for, but where it can only be a mistake. */
function queryOf(c: Context): Readonly<Record<string, string>> {
  const entries = Object.entries(c.req.query());
  return Object.fromEntries(
    entries.filter(([name, value]) => value.trim() !== '' || name === 'limit' || name === 'before'),
  );
}

type Took<T> = { readonly value?: T; readonly fault?: string };

function take<T>(taken: Taken<T> | undefined, given: unknown): Took<T> {
  if (taken === undefined) return {};
  const parsed = taken.schema.safeParse(given);
  return parsed.success ? { value: parsed.data } : { fault: faultOf(parsed.error, taken) };
}

/** One sentence: the first thing that is wrong, where a word says it. */
function faultOf({ issues: [issue] }: z.ZodError, { expects }: Pick<Taken<unknown>, 'expects'>) {
  if (issue?.code === 'unrecognized_keys') return `There is no "${issue.keys[0]}" here: ${expects}`;
  if (issue?.code === 'invalid_value' && issue.values.length > 1) {
    return `"${issue.path.join('.')}" must be one of ${issue.values.join(', ')}`;
  }
  return expects;
}
