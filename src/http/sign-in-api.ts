// The part of the API that signs somebody in for a connection.
import type { Context, Hono } from 'hono';
import type { SignInDesk, SignInRefusal, SignInReport } from '../core/sign-in.ts';
import type { Events } from '../relay/ports.ts';
import { notFound, problemResponse } from './problem.ts';
import { serveRoute } from './route.ts';
import { getLogin, postLogin } from './routes.ts';
import type { SignInReportJson } from './schema/sign-in.ts';
import { isoTime } from './time-text.ts';

export interface SignInOptions {
  readonly signIns: SignInDesk;
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may: for the audit log. */
  readonly who: (c: Context) => string;
}

export function addSignInApi(api: Hono, options: SignInOptions): void {
  serveRoute(api, postLogin, async ({ c, id }) => {
    const report = await startSignIn(id, { ...options, c });
    return 'refused' in report ? refusalResponse(c, report) : toReportJson(report);
  });
  serveRoute(api, getLogin, ({ c, id }) => {
    const report = options.signIns.look(id);
    return report ? toReportJson(report) : notFound(c);
  });
}

/** Starts it, and says so in the audit log. The page's form does the same. */
export async function startSignIn(
  connection: string,
  { signIns, events, who, c }: SignInOptions & { readonly c: Context },
): Promise<SignInReport | SignInRefusal> {
  const report = await signIns.start(connection);
  if ('refused' in report) return report;
  const what = `connection "${connection}"`;
  events.operatorActed({ by: who(c), action: 'sign-in', what, deliveries: 0 });
  return report;
}

function refusalResponse(c: Context, { refused, why }: SignInRefusal): Response {
  const status = refused === 'unknownConnection' ? 404 : 409;
  return problemResponse(c, { status, title: 'No sign-in here', detail: why });
}

function toReportJson({ endsAt, ...report }: SignInReport): SignInReportJson {
  return { ...report, endsAt: isoTime(endsAt) };
}
