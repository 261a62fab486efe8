// Gets a token as the app: the proof that Entra knows it, and what proves it, everywhere.
import type { TokenFailure } from '../relay/ports.ts';
import { untilSettled } from './app-replication.ts';
import { formatCertificateFile } from './certificate-file.ts';
import { SetupFault } from './setup-fault.ts';
import {
  done,
  needed,
  type ProvedApp,
  type SetupParts,
  type SetupState,
  type StepResult,
} from './setup-step.ts';

/** AADSTS: the app, its service principal, its secret or its certificate is not known, as long as it is new. */
const lateNumbers = [700016, 7000229, 7000215, 700027];

export async function getToken(parts: SetupParts, state: SetupState): Promise<StepResult> {
  const { appId } = needed(state.application, 'application');
  const app = { tenant: parts.tenantId, clientId: appId, credential: credentialOf(state) };
  const failure = await waitForToken(app, parts);
  if (!failure) return done;
  throw new SetupFault(
    `Entra gives no token yet: ${failure.description} (run the same command again in some minutes)`,
  );
}

/** Undefined when there is a token in the end; otherwise why there is none. */
export async function waitForToken(
  app: ProvedApp,
  parts: Pick<SetupParts, 'clock' | 'progress' | 'requestToken'>,
): Promise<TokenFailure | undefined> {
  const last = await untilSettled(async () => {
    const answer = await parts.requestToken(app);
    if (answer.kind === 'token') return { settled: true } as const;
    return { settled: !isLate(answer), failure: answer } as const;
  }, parts);
  return 'failure' in last ? last.failure : undefined;
}

/** Whether time alone may mend it. */
function isLate({ codes, error }: TokenFailure): boolean {
  return error === 'network' || codes.some((code) => lateNumbers.includes(code));
}

function credentialOf({ certificate, secret }: SetupState): ProvedApp['credential'] {
  if (secret !== undefined) return { kind: 'secret', secret };
  const pem = formatCertificateFile(needed(certificate, 'certificate'));
  return { kind: 'certificate', certPem: pem, keyPem: pem };
}
