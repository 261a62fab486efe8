// Who is told of trouble.
import type { AlertConfig } from '../config.ts';
import type { FileContent } from '../schema/config-file.ts';

type AlertContent = FileContent['alerts'][number];

export function toAlert({ on, queueOld, to }: AlertContent): AlertConfig {
  return { on: [...new Set(on)], queueOldMs: queueOld, to: toTarget(to) };
}

/** Throws for what `checks/alerts.ts` should have refused. */
function toTarget({
  email,
  via,
  from,
  allowLocal,
  ...urls
}: AlertContent['to']): AlertConfig['to'] {
  if (email !== undefined && via !== undefined) {
    return { kind: 'email', address: email, via, ...(from !== undefined && { from }) };
  }
  const kind = webhookKinds.find((known) => urls[known] !== undefined);
  if (kind === undefined) throw new Error('Cannot use an alert without a target');
  return { kind, allowLocal };
}

const webhookKinds = ['webhook', 'slack', 'teams'] as const;

/** Whoever knows it may write there. */
export function alertUrlOf({ to: { webhook, slack, teams } }: AlertContent): string | undefined {
  return webhook ?? slack ?? teams;
}
