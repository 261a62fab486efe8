// The operator's page in a real browser: on a laptop and a phone, in both themes, by keyboard, and each action on it.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminApp, type AdminOptions } from '../../src/http/admin-app.ts';
import { bindPort, type BoundPort } from '../../src/http/serve.ts';
import {
  browserFile,
  findBarriers,
  looks,
  overflowOf,
  startBrowser,
  tabStopsOf,
  tabThrough,
} from '../support/browser.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import {
  directOptions,
  newcomerOptions,
  nightOptions,
  sandboxOptions,
} from '../support/shown/admin.ts';

const missing = browserFile === undefined ? 'the page in a browser: no Chromium is installed' : '';

const withLogin = (): AdminOptions => ({
  ...nightOptions(),
  access: { tokenNeeded: true, token: () => 'token-4711' },
});

const pages: readonly (readonly [string, () => AdminOptions, string])[] = [
  ['the overview at night', nightOptions, '/'],
  ['the overview of a newcomer', newcomerOptions, '/'],
  ['the overview without a queue', directOptions, '/'],
  ['the list of messages', nightOptions, '/messages?state=deferred'],
  ['a search that makes no sense', nightOptions, '/messages?since=yesterday'],
  ['a message', nightOptions, '/messages/01jd9x7k00009999'],
  ['the source of a message', nightOptions, '/messages/01jd9x7k00009999/source'],
  ['a re-routing', nightOptions, '/messages/01jd9x7k00009999/reroute?delivery=01jd9x7k00009999-1'],
  ['the connections', nightOptions, '/connections'],
  ['a sign-in', nightOptions, '/connections/personal/login'],
  ['the clients', nightOptions, '/clients'],
  ['the form of a test e-mail', nightOptions, '/test'],
  ['the way of a test e-mail', nightOptions, '/test/01jd9x7k00009999'],
  ['the explain box', nightOptions, '/explain'],
  ['the sandbox mailbox', sandboxOptions, '/sandbox'],
  ['a message of the sandbox', sandboxOptions, '/sandbox/s0'],
  ['a page that is not there', nightOptions, '/nothing'],
  ['the login', withLogin, '/'],
];

describe.skipIf(missing !== '')(missing || 'the page in a browser', () => {
  let browser: Browser;
  /** One for all, since each has processes of its own. */
  let shared: BrowserContext;
  const servers: BoundPort[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    shared = await browser.newContext();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  async function serve(makeOptions: () => AdminOptions): Promise<string> {
    const server = await bindPort({ host: '127.0.0.1', port: 0 });
    servers.push(server);
    server.serve(createAdminApp(makeOptions()));
    return `http://127.0.0.1:${server.address.port}`;
  }

  /** A page whose scripts must not fail. */
  async function open(url: string, context = shared): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(`${url}: ${error.message}`));
    page.on('console', (message) => {
      // What the policy of the page blocks is told here, too.
      if (message.type() === 'error' && !/status of 40\d/.test(message.text())) {
        faults.push(`${url}: ${message.text()}`);
      }
    });
    await page.goto(url);
    return page;
  }
  const faults: string[] = [];

  describe('can be used by everybody', () => {
    test.concurrent.each(pages)('%s', { timeout: 60_000 }, async (_, options, path) => {
      const page = await open(`${await serve(options)}${path}`);
      for (const look of looks) {
        await page.setViewportSize({ width: look.width, height: 800 });
        await page.emulateMedia({ colorScheme: look.theme });
        const found = {
          barriers: await findBarriers(page, look),
          overflow: await overflowOf(page),
        };
        expect({ ...look, ...found }).toEqual({ ...look, barriers: [], overflow: 0 });
      }
      const stops = await tabStopsOf(page);
      expect(await tabThrough(page)).toEqual(stops);
      expect(faults).toEqual([]);
      await page.close();
    });
  });

  test('draws charts, and has the same as a table', async () => {
    const page = await open(await serve(nightOptions));
    await page.locator('[data-chart="throughput"] canvas').waitFor();
    await page.locator('[data-chart="latency"] canvas').waitFor();
    await page.locator('[data-chart="throughput"]').hover();
    const value = page.locator('.legend .one[data-value]');
    await value.waitFor();
    expect(await value.getAttribute('data-value')).toMatch(/^\d+$/);
    await page.getByText('As a table, by 5 minutes').click();
    expect(await page.locator('#figures-table tbody tr').count()).toBe(12);
    await page.close();
  });

  test('keeps the times of clients within their cells on a phone', async () => {
    const page = await open(`${await serve(nightOptions)}/clients`);
    await page.setViewportSize({ width: 390, height: 800 });
    const outside = await page.evaluate<readonly string[]>(`
      [...document.querySelectorAll('.seen td time > span')]
        .filter((time) => time.getBoundingClientRect().right > time.closest('td').getBoundingClientRect().right + 1)
        .map((time) => time.textContent)`);
    expect(outside).toEqual([]);
    await page.close();
  });

  test('works without scripts, and offers nothing that needs them', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await open(await serve(newcomerOptions), context);
    await page.getByText('Waiting for the first mail').waitFor();
    const scripted = ['[data-copy]', '#refresh', '[data-chart]'];
    for (const each of scripted) expect(await page.locator(each).first().isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Explain' }).click();
    expect(await page.locator('#explain-file').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('rule "invoices": matches').waitFor();
    await context.close();
  });

  test('copies settings', async () => {
    const url = await serve(newcomerOptions);
    const context = await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await open(url, context);
    await page.locator('[data-copy="grafana-smtp-2525"]').click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain(
      'GF_SMTP_HOST=127.0.0.1:2525',
    );
    await context.close();
  });

  test('brings itself up to date, and leaves alone what did not change', async () => {
    const page = await browser.newPage();
    await page.clock.install();
    const url = `${await serve(nightOptions)}/clients`;
    await page.goto(url);
    await page.getByText('How to allow it').click();
    // What has the focus is left alone in any case.
    await page.locator('h1').click();
    await page.evaluate(`document.querySelector('#seen table').isSame = true`);
    const answered = page.waitForResponse(url);
    await page.clock.runFor(6_000);
    await (await answered).finished();
    await page.clock.runFor(6_000);
    expect(await page.evaluate(`document.querySelector('#seen table').isSame`)).toBe(true);
    expect(await page.getByRole('button', { name: 'Copy' }).isVisible()).toBe(true);
    await page.close();
  });

  test('signs in: shows the code, and then whose account is connected', async () => {
    const { signIns } = nightOptions();
    let report = signIns?.look('personal');
    const page = await browser.newPage();
    await page.clock.install();
    const options = {
      ...nightOptions(),
      ...(signIns && { signIns: { ...signIns, look: () => report } }),
    };
    await page.goto(`${await serve(() => options)}/connections`);
    await page.getByRole('button', { name: 'Sign in for personal' }).click();
    await page.getByText('A1B2C3D4E').waitFor();
    expect(await page.getByRole('link', { name: 'https://microsoft.com' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Copy' }).focus();
    const signedInAs = { username: 'someone@outlook.example', name: 'Some One' };
    if (report) report = { ...report, state: 'signedIn', signedInAs };
    await page.clock.runFor(6_000);
    await page.getByText('Signed in as Some One <someone@outlook.example>.').waitFor();
    await page.close();
  });

  test('takes an .eml that is chosen or dropped', async () => {
    const page = await open(`${await serve(nightOptions)}/explain`);
    const field = page.locator('#explain-message');
    await page.locator('#explain-file').setInputFiles({
      name: 'a.eml',
      mimeType: 'message/rfc822',
      buffer: Buffer.from('Subject: chosen\r\n\r\nx'),
    });
    await page.getByText('a.eml is in the field below').waitFor();
    expect(await field.inputValue()).toContain('Subject: chosen');
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['Subject: dropped'], 'b.eml'));
      return transfer;
    })()`);
    await field.dispatchEvent('drop', { dataTransfer });
    await page.getByText('b.eml is in the field below').waitFor();
    expect(await field.inputValue()).toBe('Subject: dropped');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('rule "invoices": matches').waitFor();
    await page.close();
  });

  describe('over a gateway', () => {
    let gateway: TestGateway;
    let context: BrowserContext;

    beforeAll(async () => {
      gateway = await startTestGateway({
        connections: `connections:
  main: { type: sandbox }
  other: { type: smtp, url: "smtp://127.0.0.1:9" }`,
        routes:
          'routes: [{ name: approve, when: { subject: { contains: approve } }, hold: true, send: { via: main } }]',
        http: 'http: { telemetry: false, admin: "127.0.0.1:0", adminToken: a-token-of-16-letters, showBodies: true }',
      });
      context = await browser.newContext();
    });

    afterAll(async () => {
      await context?.close();
      await gateway?.[Symbol.asyncDispose]();
    });

    test('asks for the token, and turns green at the first mail without a reload', async () => {
      const page = await context.newPage();
      await page.clock.install();
      await page.goto(gateway.adminUrl);
      await page.getByLabel('Admin token').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('That is not the token.').waitFor();
      await page.getByLabel('Admin token').fill('a-token-of-16-letters');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('Waiting for the first mail').waitFor();
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
      await send('Hello');
      await gateway.sent(1);
      await page.clock.runFor(6_000);
      await page.getByText('Mail has come: apps reach this gateway.').waitFor();
      await page.getByText('by way of main').waitFor();
      await page.close();
    });

    test('searches, and shows one message with its way', async () => {
      await send('Quarterly report');
      await gateway.sent(2);
      const page = await open(`${gateway.adminUrl}/messages`, context);
      await page.getByLabel('Subject').fill('quarterly');
      await page.getByLabel('State').selectOption('delivered');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('heading', { name: 'Messages found' }).waitFor();
      expect(await page.locator('.deliveries tbody tr').count()).toBe(1);
      await page.getByRole('link', { name: 'Quarterly report' }).click();
      await page.getByText('The next hop has it').waitFor();
      await page.close();
    });

    test('releases, holds, re-routes, resends and deletes', async () => {
      await send('Please approve');
      const page = await open(`${gateway.adminUrl}/messages?state=held`, context);
      await page.getByRole('link', { name: 'Please approve' }).click();
      await page.getByRole('link', { name: 'source' }).click();
      await page.getByText('It is the body.').waitFor();
      await page.getByRole('link', { name: 'The message' }).click();
      await page.getByRole('link', { name: 'Re-route' }).click();
      await page.getByText('The rules of today send it the same way').waitFor();
      await page.getByRole('link', { name: 'Back to the message' }).click();
      await page.getByText('Send it to others').click();
      await page.getByLabel('Addresses').fill('paul@example.com');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('This is the new message.').waitFor();
      await page.getByText('Release …').click();
      await page.getByRole('button', { name: 'Release it' }).click();
      await page.getByText('It is released.').waitFor();
      expect((await gateway.sent(3)).at(-1)?.recipients).toEqual(['paul@example.com']);
      // While it is on its way there is nothing to be done with it.
      await until(async () => {
        await page.reload();
        return await page.getByText('Delete …').isVisible();
      });
      await page.getByText('Delete …').click();
      await page.getByRole('button', { name: 'Delete it' }).click();
      await page.getByRole('heading', { name: 'Messages' }).waitFor();
      const acts = gateway.log.filter(({ event }) => event === 'operator.acted');
      expect(acts.map(({ action }) => action)).toEqual(['read', 'resend', 'release', 'remove']);
      expect(acts.every(({ by }) => by === 'session')).toBe(true);
      await page.close();
    });

    test('sends a test e-mail, and shows who came', async () => {
      const page = await open(`${gateway.adminUrl}/test`, context);
      await page.getByLabel('To', { exact: true }).fill('ann@example.com');
      await page.getByLabel('Way', { exact: true }).selectOption('connection main');
      await page.getByRole('button', { name: 'Send it' }).click();
      await page.getByText('It was delivered').waitFor();
      await page.getByRole('button', { name: 'Check it all' }).click();
      await page.getByText('nothing that it takes leaves this machine').waitFor();
      await page.getByRole('link', { name: 'Clients' }).click();
      await page.getByText('127.0.0.1').first().waitFor();
      await page.getByRole('link', { name: 'Connections' }).click();
      await page.getByText('The built-in simulator').waitFor();
      expect(await page.locator('h2 .badge').allTextContents()).toEqual(['works', 'not used yet']);
      await page.close();
    });

    test('logs in by the link of the terminal, whose token leaves the address', async () => {
      const fresh = await browser.newContext();
      const page = await open(`${gateway.adminUrl}/login#token=a-token-of-16-letters`, fresh);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(page.url()).toBe(`${gateway.adminUrl}/`);
      await page.goBack();
      expect(page.url()).not.toContain('token');
      await fresh.close();
    });

    test('signs out', async () => {
      const page = await open(gateway.adminUrl, context);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Admin token').waitFor();
      expect(await context.cookies()).toEqual([]);
      await page.close();
    });

    async function send(subject: string): Promise<void> {
      await gateway.send({
        from: 'app@example.com',
        to: 'ann@example.com',
        subject,
        text: 'It is the body.',
      });
    }
  });
});
