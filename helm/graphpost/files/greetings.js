// Run by `helm test` as `node -e`: is each port of the Service answered by a mail server? Arguments: host, port/tcp or port/tls ….
const net = require('node:net');
const tls = require('node:tls');

const [host, ...ports] = process.argv.slice(1);

/** Resolves with the greeting. Whether the certificate is one that clients trust is not for this test to say. */
function greetingOf(port, kind) {
  return new Promise((resolve, reject) => {
    const socket =
      kind === 'tls'
        ? tls.connect({ host, port, rejectUnauthorized: false })
        : net.connect({ host, port });
    socket.setTimeout(15_000, () => socket.destroy(new Error('no greeting within 15 s')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without a greeting')));
    socket.once('data', (bytes) => {
      resolve(String(bytes).trim());
      socket.end('QUIT\r\n');
    });
  });
}

async function main() {
  for (const entry of ports) {
    const [port, kind] = entry.split('/');
    const greeting = await greetingOf(Number(port), kind);
    if (!greeting.startsWith('220 ')) throw new Error(`${host}:${port} greets with "${greeting}"`);
    process.stdout.write(`${host}:${port} ${greeting}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
