// Alerts of WP Mail SMTP as alerts of ours.
import { parseAddress } from '../core/address.ts';
import { webUrl } from '../config/schema/values.ts';
import type { Block } from './import-document.ts';
import type { Findings } from './import-findings.ts';
import type { Settings } from './import-settings.ts';

interface Alerting {
  readonly settings: Settings;
  readonly findings: Findings;
  /** The connection that e-mails go over; better not the one that they tell of. */
  readonly via: string;
}

const receivers = new Map([
  ['alert_slack_webhook', 'slack'],
  ['alert_teams_webhook', 'teams'],
  ['alert_custom_webhook', 'webhook'],
]);

export function alertsOf({ settings, findings, via }: Alerting): readonly Block[] {
  const on = ['failed', 'connectionDown', 'signInNeeded', 'credentialExpiring'];
  const alerts: Block[] = [];
  for (const group of settings.keys()) {
    if (group.startsWith('alert_') && settings.flag(group, 'enabled') !== true)
      settings.ignore(group);
  }
  for (const group of [...receivers.keys(), 'alert_email']) {
    if (settings.flag(group, 'enabled') === true) {
      for (const position of settings.keys(group, 'connections')) {
        const to = receiverOf([group, 'connections', position], { settings, findings, via });
        if (to !== undefined) alerts.push({ on, to });
      }
    }
    settings.ignore(group);
  }
  return alerts;
}

function receiverOf(
  path: readonly [string, string, string],
  { settings, findings, via }: Alerting,
): Block | undefined {
  const email = parseAddress(settings.text(...path, 'send_to') ?? '');
  if (email !== undefined) return { email, via };
  const url = settings.text(...path, 'webhook_url') ?? '';
  const kind = receivers.get(path[0]);
  if (kind === undefined || !isSecureUrl(url)) {
    findings.leftOut(path.join('.'), 'names no address, or no URL with https://');
    return undefined;
  }
  if (kind === 'teams')
    findings.differs(path[0], 'the URL must be of a Workflow: those of connectors have ended');
  return { [kind]: findings.secret(`${kind}-url`, url) };
}

function isSecureUrl(text: string): boolean {
  return text.startsWith('https://') && webUrl.safeParse(text).success;
}
