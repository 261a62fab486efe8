// The certificate in a file of PKCS #12 (RFC 7292), as OpenSSL finds it: no library is loaded for it.
import { X509Certificate } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

/** What an operator can do about a file that is refused. */
export const pfxRemedy =
  'convert it with "openssl pkcs12 -in app.pfx -out app.pem -nodes", and name the PEM file as cert and key';

/** The one that belongs to the key. Throws, with a reason that may be shown, when the file cannot be read. */
export function readPfxCertificate(pfx: Uint8Array, passphrase = ''): X509Certificate {
  if (pfx.length === 0) throw new Error('The PKCS #12 file is missing or empty');
  return certificateOf(openContext(pfx, passphrase));
}

/** OpenSSL checks the whole of it, and finds the certificate that belongs to the key. */
function openContext(pfx: Uint8Array, passphrase: string): SecureContext {
  try {
    return createSecureContext({ pfx: Buffer.from(pfx), passphrase });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    const why = /mac verify/i.test(reason)
      ? 'the passphrase is wrong'
      : `it is of an old form; ${pfxRemedy}`;
    throw new Error(`The PKCS #12 file cannot be read: ${why}`, { cause });
  }
}

/** Only a connection tells which certificate a context has: this one leads nowhere. */
function certificateOf(context: SecureContext): X509Certificate {
  const nowhere = new Duplex({ read: () => undefined, write: (_piece, _encoding, done) => done() });
  const socket = new TLSSocket(nowhere, { secureContext: context, isServer: true });
  const found = socket.getCertificate();
  socket.destroy();
  if (found === null || !('raw' in found)) throw new Error('The PKCS #12 file has no certificate');
  return new X509Certificate(found.raw);
}
