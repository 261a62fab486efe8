// More recipients than one message may have at Exchange: several sends, each recipient once.
import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';

test('a message to 1,201 recipients leaves in three sends, and reaches each of them once', async () => {
  await using gateway = await startTestGateway({
    clients:
      'clients: [{ name: apps, networks: [127.0.0.1], senders: ["*"], limits: { recipientsPerMessage: 2000 } }]',
  });
  const to = Array.from({ length: 1_201 }, (_, number) => `user${number}@example.com`);
  const envelope = { from: 'shop@contoso.com', to };
  await gateway.send({ from: 'shop@contoso.com', to: to[0], subject: 'All', text: 'x', envelope });
  const sent = await gateway.sent(3);
  expect(sent.map(({ recipients }) => recipients.length).sort((a, b) => b - a)).toEqual([
    500, 500, 201,
  ]);
  expect(sent.flatMap(({ recipients }) => recipients).sort()).toEqual(to.sort());
  // In the other sends To would bring him a second copy.
  expect(sent.filter((message) => message.to.includes('user0@example.com'))).toHaveLength(1);
  expect(gateway.sandbox.violations).toEqual([]);
});
