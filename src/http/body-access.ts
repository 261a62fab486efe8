// Who may read what messages say: scripts with the token, and people on the page where the configuration allows it.
import type { Context } from 'hono';

export interface BodyAccess {
  /** `http.showBodies`. Default: false. */
  readonly showBodies?: boolean;
  /** How the one who asks has shown that he may. */
  readonly who: (c: Context) => string;
}

/** A session stays open on screens that others pass; what only the sandbox has sent is nobody's secret. */
export function mayReadBodies(c: Context, { who, showBodies = false }: BodyAccess): boolean {
  return showBodies || who(c) !== 'session';
}

export const bodiesHidden =
  'What messages say is not shown on the page: "http.showBodies" allows it, and scripts with the token may read them';
