// What is secret stays so: it is fed in everywhere, and then looked for in all that comes out.
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';

const password = 'correct-horse-battery-staple';
const wrongPassword = 'tr0ub4dor-and-three';
const bodyText = 'the-body-of-the-message-7461';

test('no password, client secret, token or body reaches log, metrics or page', async () => {
  await using gateway = await startTestGateway({
    clients: `clients:
  - name: shop
    login: { username: shop, password: "${password}" }
    senders: ["*@contoso.com"]`,
    log: 'log: { level: trace, format: json }',
  });
  const mail = { from: 'shop@contoso.com', to: 'denied@example.com', subject: 's', text: bodyText };
  const sendAs = async (pass: string): Promise<void> => {
    const auth = { user: 'shop', pass };
    const port = gateway.smtpPort;
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, auth });
    await transport.sendMail(mail);
  };
  await expect(sendAs(wrongPassword)).rejects.toThrow('535');
  await sendAs(password);
  await gateway.until(({ event }) => event === 'delivery.attempted');
  const told = ['status', 'messages', 'connections', 'lanes', 'clients', 'figures'];
  const pages = ['', ...told.map((name) => `api/v1/${name}`)].map(
    (path) => `${gateway.adminUrl}/${path}`,
  );
  const texts = await Promise.all(
    [`${gateway.telemetryUrl}/metrics`, ...pages].map(
      async (url) => await (await fetch(url)).text(),
    ),
  );
  const everything = [JSON.stringify(gateway.log), ...texts].join('\n');
  const secrets = [password, wrongPassword, gateway.sandbox.clientSecret, bodyText];
  for (const secret of secrets) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(0, -3));
  }
  expect(everything).not.toMatch(/Bearer|eyJ/);
});
