// A certificate and its key in one file: PKCS #12 (RFC 7292), as Windows and Key Vault export it.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import {
  AuthenticatedSafe,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  PFX,
  SafeContents,
  type SafeBag,
} from '@peculiar/asn1-pfx';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { pfxRemedy, readPfxCertificate } from './pfx-certificate.ts';

export interface PfxContent {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** PKCS #7 data, which nobody has encrypted (RFC 5652 §4): keys in it are encrypted one by one. */
const plainData = '1.2.840.113549.1.7.1';

/** Throws, with a reason that may be shown, when it cannot be read. */
export function readPfx(pfx: Uint8Array, passphrase = ''): PfxContent {
  const certificate = readPfxCertificate(pfx, passphrase);
  const keys = bagsOf(pfx).filter(isKey);
  const [bag] = keys;
  if (bag === undefined)
    throw new Error(`The PKCS #12 file has no private key that can be read: ${pfxRemedy}`);
  return { certificate, key: toKey(bag, passphrase) };
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
    throw new Error(`The private key of the PKCS #12 file cannot be read: ${pfxRemedy}`, { cause });
  }
}
