import { describe, expect, test } from 'vitest';
import { loadConfig } from './config/load.ts';
import { createExplainer } from './gateway-explain.ts';

const loading = loadConfig('graphpost.yaml', {
  env: {},
  readFile: () => `listeners: [{ name: apps, address: "127.0.0.1:2525" }]
clients: [{ name: erp, networks: [10.0.0.0/8], senders: ['*@contoso.com'] }]
connections: { main: { type: sandbox } }
default: { send: { via: main } }
`,
});
if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
const explain = createExplainer(() => loading.config);
const question = { client: 'erp', message: 'From: a@contoso.com\nTo: ann@example.com\n\nx\n' };

describe('createExplainer()', () => {
  test('tells what would become of a message', async () => {
    const session = { address: '10.0.0.7', listener: 'apps' };
    expect(await explain({ ...question, ...session })).toMatchObject({
      report: { outcome: 'sent', address: '10.0.0.7' },
      text: expect.stringContaining('Outcome: sent'),
    });
  });

  test.each([
    [{ client: 'erpp' }, '"erpp" is no client and no IP address; clients are: erp'],
    [{ address: 'localhost' }, '"localhost" is no IP address'],
    [{ listener: 'app' }, '"app" is no listener; listeners are: apps'],
    [{ rcpt: [] }, 'Nobody to send to: name a recipient, or give a message with a To'],
  ])('finds fault with %j', async (odd, fault) => {
    expect(await explain({ ...question, ...odd })).toEqual({ fault });
  });
});
