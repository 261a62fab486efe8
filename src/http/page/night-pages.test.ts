import { describe, expect, test } from 'vitest';
import {
  newcomerOptions,
  nightOptions,
  sandboxOptions,
} from '../../../test/support/shown/admin.ts';
import { createAdminApp, type AdminOptions } from '../admin-app.ts';

describe('the page of connections', () => {
  test.each([
    ['identity', 'in tenant contoso.onmicrosoft.com, with a client secret'],
    ['state', 'does not work'],
    ['what waits, and why', 'All mail over this connection waits:'],
    ['the fix', 'Create a new secret for the app, or use a certificate.'],
    ['the age of a token', 'Token since'],
    ['the end of a credential', 'Credential ended'],
    ['the countdown of a throttled mailbox', 'newsletter@contoso.example</bdi> goes on'],
    ['who has to sign in, and how', 'graphpost login personal'],
    ['an open breaker', '<strong>open</strong>, tried'],
    ['what is in flight against its limit', 'of 4 in each of 6 lanes'],
  ])('shows %s', async (_, text) => {
    expect(await read('/connections')).toContain(text);
  });
});

describe('the page of clients', () => {
  test.each([
    ['whom they are', 'cluster'],
    ['how they came', 'listener apps, without TLS, logged in as wordpress'],
    ['the mail that was taken', 'href="/messages/01jd9x7k00009999"'],
    ['why one was refused', 'No client of the configuration has the address'],
    ['what it was told', '550 5.7.1'],
    ['how to allow it', 'networks: [&quot;2001:db8:85a3:0:0:8a2e:370:7334&quot;]'],
  ])('shows %s', async (_, text) => {
    expect(await read('/clients')).toContain(text);
  });

  test('does not say how to allow what is over', async () => {
    expect(await read('/clients')).toContain('was refused before');
    expect((await read('/clients')).match(/How to allow it/g)).toHaveLength(1);
  });
});

test('leads to no messages where none are kept', async () => {
  for (const path of ['/', '/clients', '/connections', '/test/01jd9x7k00009999']) {
    expect(await read(path, { ...nightOptions(), isQueued: false })).not.toContain(
      'href="/messages',
    );
  }
});

describe('the page of a message', () => {
  test.each([
    ['From', 'always <bdi>Contoso Billing &lt;billing@contoso.example&gt;</bdi>'],
    ['a field that is set', 'X-Route: invoices</bdi></code> set'],
    ['a field that is removed', 'X-Internal-Ticket</code> removed'],
  ])('shows what its rule does to %s', async (_, text) => {
    expect(await read('/messages/01jd9x7k00009999')).toContain(text);
  });
});

describe('the test e-mail', () => {
  test('goes the way that was chosen, and tells the log', async () => {
    const acts: unknown[] = [];
    const asked: unknown[] = [];
    const options: AdminOptions = {
      ...nightOptions(),
      events: { ...nightOptions().events, operatorActed: (event) => acts.push(event) },
      tester: {
        send(question) {
          asked.push(question);
          return Promise.resolve({ state: 'underWay', id: 'q/1', steps: [] });
        },
        look: () => Promise.resolve(undefined),
      },
    };
    const answer = await post('to=ann%40example.com&way=connection+main&from=', options);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe('/test/q%2F1');
    expect(asked).toEqual([
      { to: ['ann@example.com'], way: { kind: 'connection', name: 'main' }, format: 'plain' },
    ]);
    expect(acts).toMatchObject([{ by: 'sandbox', action: 'send-test' }]);
  });

  test('shows each step, what went wrong, and what comes next', async () => {
    const page = await read('/test/01jd9x7k00009999');
    for (const text of ['It was not delivered.', 'The client secret has expired', 'HTTP 401']) {
      expect(page).toContain(text);
    }
  });

  test('says what makes no sense, and keeps what was typed but the password', async () => {
    const answer = await post('to=ann&way=listener+apps&username=wp&password=hunter2');
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('role="alert"');
    expect(page).toContain('value="wp"');
    expect(page).not.toContain('hunter2');
  });
});

test('the sandbox mailbox is a list, and each message a page', async () => {
  expect(await read('/sandbox', sandboxOptions())).toContain('href="/sandbox/s0"');
  expect(await read('/sandbox/s0', sandboxOptions())).toContain('archive@contoso.example');
});

test('the sandbox mailbox lists who forces an outcome, and how to go on after trouble', async () => {
  const page = await read('/sandbox', newcomerOptions());
  expect(page).toContain('denied@');
  expect(page).toContain('Send As is denied.');
  expect(page).toContain('<code>graphpost queue rm</code>');
});

test('each page is there, and marks its own entry', async () => {
  const entries = ['/', '/messages', '/connections', '/clients', '/test', '/explain', '/sandbox'];
  for (const entry of entries) {
    const page = await read(entry, sandboxOptions());
    expect(page).toContain(`href="${entry}" aria-current="page"`);
    expect(page.match(/aria-current/g)).toHaveLength(1);
  }
});

async function read(path: string, options: AdminOptions = nightOptions()): Promise<string> {
  const answer = await createAdminApp(options).request(path, { headers: { Host: 'localhost' } });
  expect(answer.status).toBe(200);
  return await answer.text();
}

async function post(body: string, options: AdminOptions = nightOptions()): Promise<Response> {
  return await createAdminApp(options).request('/test', {
    method: 'POST',
    body,
    headers: { Host: 'localhost', 'Content-Type': 'application/x-www-form-urlencoded' },
  });
}
