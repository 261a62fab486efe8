// The settings of common apps, as their own screens and files name them, to be copied.
import type { ShownListener } from '../admin-source.ts';
import { toAuthority } from '../try-line.ts';

export interface AppSettings {
  /** For the page: letters alone. */
  readonly id: string;
  readonly app: string;
  readonly text: string;
}

/** @param sender an address that this machine may send as */
export function appSettings(
  listener: ShownListener,
  sender = 'app@example.com',
): readonly AppSettings[] {
  return [
    { id: 'wordpress', app: 'WordPress (WP Mail SMTP)', text: wordPress(listener, sender) },
    { id: 'printer', app: 'Printer or scanner', text: printer(listener, sender) },
    { id: 'grafana', app: 'Grafana', text: grafana(listener, sender) },
  ];
}

/** Constants of wp-config.php, as the plugin documents them. */
function wordPress({ host, port, tls }: ShownListener, sender: string): string {
  const secure = tls === 'implicit' ? 'ssl' : tls === undefined ? '' : 'tls';
  const constants = [
    ['WPMS_ON', 'true'],
    ['WPMS_MAILER', "'smtp'"],
    ['WPMS_SMTP_HOST', `'${host}'`],
    ['WPMS_SMTP_PORT', String(port)],
    ['WPMS_SSL', `'${secure}'`],
    ['WPMS_SMTP_AUTOTLS', tls === undefined ? 'false' : 'true'],
    ['WPMS_SMTP_AUTH', 'false'],
    ['WPMS_MAIL_FROM', `'${sender}'`],
  ];
  return constants.map(([name, value]) => `define( '${name}', ${value} );`).join('\n');
}

function printer({ host, port, tls }: ShownListener, sender: string): string {
  const words = {
    none: 'off',
    optional: 'STARTTLS, or off',
    required: 'STARTTLS',
    implicit: 'SSL/TLS',
  } as const;
  return [
    `SMTP server: ${host}`,
    `Port: ${port}`,
    `Encryption: ${words[tls ?? 'none']}`,
    'Authentication: off, or the login of its client',
    `Sender: ${sender}`,
  ].join('\n');
}

const starttlsPolicies = {
  none: 'NoStartTLS',
  optional: 'OpportunisticStartTLS',
  required: 'MandatoryStartTLS',
  // It speaks TLS from the start by itself where the port is 465.
  implicit: 'OpportunisticStartTLS',
} as const;

/** Of its container: the keys of `[smtp]` in grafana.ini. */
function grafana(listener: ShownListener, sender: string): string {
  return [
    'GF_SMTP_ENABLED=true',
    `GF_SMTP_HOST=${toAuthority(listener)}`,
    `GF_SMTP_FROM_ADDRESS=${sender}`,
    `GF_SMTP_STARTTLS_POLICY=${starttlsPolicies[listener.tls ?? 'none']}`,
  ].join('\n');
}
