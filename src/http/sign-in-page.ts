// The button that starts a sign-in for a connection, and the page that says what to do and what came of it.
import type { Hono } from 'hono';
import type { SignInDesk } from '../core/sign-in.ts';
import type { PageOptions } from './page-routes.ts';
import { framed } from './page/frame.ts';
import { noticePage } from './page/notice.ts';
import { signInMain } from './page/sign-in.ts';
import { startSignIn } from './sign-in-api.ts';

export interface SignInPageOptions extends PageOptions {
  readonly signIns: SignInDesk;
}

export function addSignInPage(app: Hono, options: SignInPageOptions): void {
  const { signIns, clock, frameOf } = options;
  app.post('/connections/:name/login', async (c) => {
    const name = c.req.param('name');
    const report = await startSignIn(name, { ...options, c });
    if ('refused' in report) {
      const status = report.refused === 'unknownConnection' ? 404 : 409;
      return c.html(noticePage({ title: 'No sign-in here', detail: report.why }), status);
    }
    // It goes on at an address of its own: reloading that starts nothing.
    return c.redirect(`/connections/${encodeURIComponent(name)}/login`, 303);
  });
  app.get('/connections/:name/login', (c) => {
    const name = c.req.param('name');
    const report = signIns.look(name);
    if (!report) return c.redirect('/connections', 303);
    const main = signInMain(name, { report, now: clock.now() });
    const page = { title: 'Sign in', entry: '/connections', main, isLive: true };
    return c.html(framed(frameOf(c), page));
  });
}
