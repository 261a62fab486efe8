// The token that the platform gives a workload, such as Kubernetes a pod, in a file that it writes anew now and then.
import { readFile } from 'node:fs/promises';
import { CredentialError } from './credential-error.ts';

/** Clocks may differ by as much. */
const skewMs = 60_000;

/** The token that stands in the file now. Throws `CredentialError` when there is none, or when it has ended. */
export async function readFederatedToken(
  file: string,
  { now }: { readonly now: number },
): Promise<string> {
  const text = await readText(file);
  const token = text.trim();
  const endsAt = endOf(token);
  if (endsAt === undefined) {
    throw fault(`The federated token file "${file}" holds no token (a JWT)`);
  }
  if (endsAt + skewMs < now) {
    const end = new Date(endsAt).toISOString();
    throw fault(`The token in the federated token file "${file}" ended at ${end}`);
  }
  return token;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw fault(`The federated token file "${file}" ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ENOENT' ? 'is missing' : `cannot be read${code && ` (${code})`}`;
}

/** Epoch ms of `exp` (RFC 7519 §4.1.4), Infinity without one; undefined when the text is no JWT. */
function endOf(token: string): number | undefined {
  const [, claims, signature] = token.split('.');
  if (claims === undefined || !signature) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString());
    if (typeof value !== 'object' || value === null) return undefined;
    return 'exp' in value && typeof value.exp === 'number' ? value.exp * 1000 : Infinity;
  } catch {
    return undefined;
  }
}

function fault(message: string, options?: ErrorOptions): CredentialError {
  return new CredentialError('federated_token', message, options);
}
