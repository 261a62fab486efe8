// A certificate and its key in one file: PKCS #12 (RFC 7292), as Windows and Key Vault export it.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import {
  AuthenticatedSafe,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  PFX,
  SafeContents,
  type SafeBag,
} from '@peculiar/asn1-pfx';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';

export interface PfxContent {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** PKCS #7 data, which nobody has encrypted (RFC 5652 §4): keys in it are encrypted one by one. */
const plainData = '1.2.840.113549.1.7.1';

/** Throws, with a reason that may be shown, when it cannot be read. */
export function readPfx(pfx: Uint8Array, passphrase = ''): PfxContent {
  if (pfx.length === 0) throw new Error('The PKCS #12 file is missing or empty');
  const context = openContext(pfx, passphrase);
  const keys = bagsOf(pfx).filter(isKey);
  const [bag] = keys;
  if (bag === undefined)
    throw new Error(`The PKCS #12 file has no private key that can be read: ${remedy}`);
  return { certificate: certificateOf(context), key: toKey(bag, passphrase) };
}

const remedy =
  'convert it with "openssl pkcs12 -in app.pfx -out app.pem -nodes", and name the PEM file as cert and key';

/** OpenSSL checks the whole of it, and finds the certificate that belongs to the key. */
function openContext(pfx: Uint8Array, passphrase: string): SecureContext {
  try {
    return createSecureContext({ pfx: Buffer.from(pfx), passphrase });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    const why = /mac verify/i.test(reason)
      ? 'the passphrase is wrong'
      : `it is of an old form; ${remedy}`;
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

function bagsOf(pfx: Uint8Array): readonly SafeBag[] {
  const { authSafe } = AsnConvert.parse(pfx, PFX);
  const safe = AsnConvert.parse(contentOf(authSafe.content), AuthenticatedSafe);
  return safe
    .filter(({ contentType }) => contentType === plainData)
    .flatMap(({ content }) => [...AsnConvert.parse(contentOf(content), SafeContents)]);
}

function contentOf(wrapped: ArrayBuffer): ArrayBuffer {
  return AsnConvert.parse(wrapped, OctetString).buffer;
}

function isKey({ bagId }: SafeBag): boolean {
  return bagId === id_keyBag || bagId === id_pkcs8ShroudedKeyBag;
}

function toKey({ bagValue }: SafeBag, passphrase: string): KeyObject {
  const key = Buffer.from(bagValue);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8', passphrase });
  } catch (cause) {
    throw new Error(`The private key of the PKCS #12 file cannot be read: ${remedy}`, { cause });
  }
}
