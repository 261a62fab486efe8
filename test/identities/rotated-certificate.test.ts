// A certificate that is replaced while the gateway runs.
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess } from '../support/gateway-process.ts';
import { createCertificate } from '../support/https-server.ts';
import { until } from '../support/until.ts';

/** Thumbprints of the certificates that signed the assertions, oldest first. */
function signers(sandbox: Sandbox): readonly string[] {
  return sandbox.requests
    .filter(({ path }) => path.includes('/oauth2/v2.0/token'))
    .map(({ body }) => {
      const form = new URLSearchParams(Buffer.from(body ?? []).toString());
      const [header = ''] = (form.get('client_assertion') ?? '').split('.');
      const members = JSON.parse(Buffer.from(header, 'base64url').toString());
      return Buffer.from(members['x5t#S256'], 'base64url').toString('hex');
    });
}

function thumbprintOf({ certPem }: { readonly certPem: string }): string {
  return new X509Certificate(certPem).fingerprint256.replaceAll(':', '').toLowerCase();
}

test('a certificate that has changed on the disk proves the app from then on', async () => {
  const [first, second] = [await createCertificate('rsa'), await createCertificate('rsa')];
  await using sandbox = await createSandbox({ now: Date.now, keepBodies: true });
  sandbox.registerCertificate(first.certPem);
  sandbox.registerCertificate(second.certPem);
  await using gateway = await createGatewayProcess(sandbox, { certificate: first });
  await gateway.start();
  const port = gateway.smtpPort;
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const send = (subject: string) =>
    transport.sendMail({ from: 'app@contoso.com', to: 'ann@example.com', subject, text: 'x' });
  await send('before');
  await until(() => sandbox.mailbox.list().length === 1);
  await writeFile(join(gateway.folder, 'app.crt'), second.certPem);
  await writeFile(join(gateway.folder, 'app.key'), second.keyPem);
  await until(() => gateway.output().includes('"event":"config.reloaded"'));
  await send('after');
  await until(() => sandbox.mailbox.list().length === 2);
  transport.close();
  expect(signers(sandbox)).toEqual([first, second].map(thumbprintOf));
});
