// Holds answers of the admin API against what their routes declare.
import { expect } from 'vitest';
import type { z } from 'zod';
import type { AnyRoute } from '../../src/http/route.ts';
import { apiRoutes } from '../../src/http/routes.ts';
import { problem } from '../../src/http/schema/problem.ts';

export interface AskedRoute {
  readonly method: string;
  /** With `/api/v1`, and with a query or without. */
  readonly path: string;
}

/** The declared route that serves it: one without a variable before one with. */
export function routeOf({ method, path }: AskedRoute): AnyRoute | undefined {
  const [place = ''] = path.split('?');
  const fitting = apiRoutes.filter(
    (route) =>
      route.method === method.toLowerCase() &&
      new RegExp(`^/api/v1${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(place),
  );
  return fitting.find((route) => !route.path.includes('{')) ?? fitting[0];
}

/** Fails where the answer has another status, type or form than its route declares; nothing is read of the answer itself. */
export async function expectDeclared(asked: AskedRoute, answer: Response): Promise<void> {
  const route = routeOf(asked);
  const type = answer.headers.get('Content-Type');
  if (route === undefined || answer.status >= 400) {
    expect([...(route?.problems ?? []), 401, 403, 404, 421, 500, 503]).toContain(answer.status);
    expect(type).toBe('application/problem+json');
    return await expectForm(problem, answer);
  }
  if (route.answer.kind === 'message') {
    return expect([answer.status, type]).toEqual([200, 'message/rfc822']);
  }
  expect([answer.status, type]).toEqual([route.answer.status ?? 200, 'application/json']);
  await expectForm(route.answer.schema, answer);
}

/** What the schema does not name would be missing from what it gives back. */
async function expectForm(schema: z.ZodType, answer: Response): Promise<void> {
  const value: unknown = await answer.clone().json();
  expect(schema.parse(value)).toEqual(value);
}
