// Judges a client assertion (RFC 7523 §3) as Entra does: a JWT that the app signed with the key of a registered certificate, or one of an issuer that it trusts.
import { constants, verify } from 'node:crypto';
import type { AppRegistration } from './app-registration.ts';
import {
  assertionOutOfTime,
  badAssertion,
  unknownCertificate,
  wrongAudience,
  type EntraFault,
} from './entra-fault.ts';

/** Clocks may differ by as much. */
const skewSeconds = 300;

export interface AssertionOptions {
  readonly app: AppRegistration;
  /** Epoch ms. */
  readonly now: number;
  /** The URLs of the token endpoint that it may be made for. */
  readonly audiences: readonly string[];
}

/** Why the assertion proves nothing; undefined when it proves the app. */
export function assertionFault(jwt: string, options: AssertionOptions): EntraFault | undefined {
  const [header = '', claims = '', signature = '', ...rest] = jwt.split('.');
  if (rest.length > 0 || signature === '') return badAssertion('it has not three parts');
  const parts = { header, claims, signature };
  const members = parseMembers(claims);
  // The app names itself and its certificate; what does neither may be the token of an issuer that it trusts.
  const isOwn = members.get('iss') === options.app.clientId || parseMembers(header).has('x5t#S256');
  if (!isOwn) return federatedFault(parts, options);
  return signatureFault(parts, options) ?? claimsFault(members, options);
}

function federatedFault(
  { header, claims, signature }: SignedParts,
  { app, now }: AssertionOptions,
): EntraFault | undefined {
  const token = {
    algorithm: parseMembers(header).get('alg'),
    signed: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
    claims: parseMembers(claims),
  };
  return app.issuers.fault(token, now / 1000);
}

/** The parts of a JWS in compact form (RFC 7515 §7.1), still encoded. */
interface SignedParts {
  readonly header: string;
  readonly claims: string;
  readonly signature: string;
}

function signatureFault(
  { header, claims, signature }: SignedParts,
  { app }: AssertionOptions,
): EntraFault | undefined {
  const members = parseMembers(header);
  const padding = paddingOf(members.get('alg'));
  if (padding === undefined) return badAssertion('alg is neither RS256 nor PS256');
  const thumbprint = members.get('x5t#S256');
  if (typeof thumbprint !== 'string') return badAssertion('x5t#S256 is missing');
  const certificate = app.certificate(thumbprint);
  if (certificate === undefined) return unknownCertificate('The key was not found.');
  const key = { key: certificate.publicKey, ...padding };
  const signed = Buffer.from(`${header}.${claims}`);
  const isGood = verify('sha256', signed, key, Buffer.from(signature, 'base64url'));
  return isGood ? undefined : unknownCertificate('The key used is incorrect.');
}

function claimsFault(
  claims: ReadonlyMap<string, unknown>,
  { app, now, audiences }: AssertionOptions,
): EntraFault | undefined {
  const audience = String(claims.get('aud'));
  if (!audiences.includes(audience)) return wrongAudience(audience);
  if (claims.get('iss') !== app.clientId || claims.get('sub') !== app.clientId) {
    return badAssertion('iss and sub must be the client id');
  }
  if (typeof claims.get('jti') !== 'string') return badAssertion('jti is missing');
  const nowSeconds = now / 1000;
  const beginsAt = Number(claims.get('nbf'));
  const endsAt = Number(claims.get('exp'));
  const isInTime = beginsAt - skewSeconds <= nowSeconds && nowSeconds < endsAt + skewSeconds;
  return isInTime ? undefined : assertionOutOfTime();
}

/** RFC 7518 §3.3 and §3.5: PS256 has a salt as long as the digest. */
function paddingOf(
  algorithm: unknown,
): { readonly padding: number; readonly saltLength?: number } | undefined {
  if (algorithm === 'RS256') return { padding: constants.RSA_PKCS1_PADDING };
  if (algorithm !== 'PS256') return undefined;
  return {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
}

/** The members of an encoded JSON object; none when it is no such thing. */
function parseMembers(part: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}
