import { test } from 'vitest';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { startTestGateway } from '../support/gateway.ts';
test('x', async () => {
  await using gateway = await startTestGateway({ connections: 'connections: { main: { type: sandbox, from: { force: always, address: whole1@contoso.com } } }' });
  for (const m of ["rom: a@example.org\r\nTo: b@example.org, Group: c@example.org;\r\nSubject: x\r\n\r\nHello\r\n", "To: b@example.org, Group: c@example.org;\r\nSubject: x\r\n\r\nHello\r\n","To: b@example.org\r\nSubject: x\r\n\r\nHello\r\n"]) {
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    await client.sayAll('EHLO me', 'MAIL FROM:<>', `RCPT TO:<c@d.example>`, 'DATA');
    await client.write(Buffer.from(`${m}.\r\nQUIT\r\n`, 'latin1'));
    const r = await client.read();
    process.stdout.write('\nREP ' + r);
    await gateway.until((l) => l['event'] === 'delivery.attempted' && String(r).includes(String(l['id'])));
    for (const q of gateway.sandbox.requests.slice(-2)) process.stdout.write('\nREQ ' + JSON.stringify(q).slice(0, 3000));
  }
});
