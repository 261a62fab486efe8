// TLS servers on this machine with a certificate of their own, for tests of what speaks to Entra and Graph.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

export interface TestServer extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly origin: string;
  /** The certificate that a client has to trust. */
  readonly ca: string;
}

export interface Certificate {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

const algorithms = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
} as const;

/** A self-signed certificate for localhost, good for a day. */
export async function createCertificate(keyType: 'ec' | 'rsa'): Promise<Certificate> {
  const x509 = await loadX509();
  const signingAlgorithm = algorithms[keyType];
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    keys,
    signingAlgorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certPem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

/** Answers HTTP requests. A listener that fails drops its connection. */
export async function startHttpsServer(
  listener: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<TestServer> {
  const { certPem, keyPem } = await serverCertificate();
  const server = createHttpsServer({ cert: certPem, key: keyPem }, (request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await listener(request, response);
    } catch {
      response.destroy();
    }
  }
  return listen(server, certPem);
}

/** Gives bare TLS connections, for answers that no HTTP server would make. */
export async function startTlsServer(onSocket: (socket: TLSSocket) => void): Promise<TestServer> {
  const { certPem, keyPem } = await serverCertificate();
  const server = createTlsServer({ cert: certPem, key: keyPem }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  return listen(server, certPem);
}

let sharedCertificate: Promise<Certificate> | undefined;

function serverCertificate(): Promise<Certificate> {
  sharedCertificate ??= createCertificate('ec');
  return sharedCertificate;
}

async function listen(server: Server, ca: string): Promise<TestServer> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) =>
    sockets.add(socket.on('close', () => sockets.delete(socket))),
  );
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://127.0.0.1:${portOf(server)}`,
    ca,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The port that a server on TCP listens on. */
export function portOf(server: Server): number {
  // A server that listens on TCP has an AddressInfo; Node's type covers pipes too.
  return (server.address() as AddressInfo).port;
}

/** tsyringe, which the library brings along, insists on a metadata polyfill that it then does without. */
export async function loadX509() {
  if (!('getMetadata' in Reflect)) {
    Object.assign(Reflect, { getMetadata() {}, getOwnMetadata() {}, defineMetadata() {} });
  }
  return import('@peculiar/x509');
}
