// Parameters of Postfix that are no part of our file: those worth a sentence, and those that nobody misses.
import { parseAddress } from '../core/address.ts';
import { listOf } from './import-postfix-files.ts';
import type { PostfixReading } from './import-postfix-relay.ts';

const sentences: readonly (readonly [names: string, text: string])[] = [
  [
    'header_checks mime_header_checks nested_header_checks body_checks smtp_header_checks',
    'write routes: conditions on header.<Name>, subject and body; headers, drop, refuse and hold',
  ],
  [
    'transport_maps sender_dependent_relayhost_maps sender_dependent_default_transport_maps',
    'write routes by recipient or envelopeFrom, each with a connection of its own',
  ],
  [
    'virtual_alias_maps virtual_mailbox_maps virtual_mailbox_domains recipient_canonical_maps relocated_maps',
    'recipients are not rewritten; a route may redirect, or add bcc',
  ],
  ['recipient_bcc_maps sender_bcc_maps', 'write routes by recipient or from, with bcc'],
  [
    'smtpd_milters non_smtpd_milters content_filter smtpd_proxy_filter',
    'mail is not handed to filters',
  ],
  [
    'smtpd_sasl_auth_enable smtpd_sasl_path smtpd_sasl_type smtpd_sasl_local_domain',
    'give each app a client with a login (graphpost hash-password)',
  ],
  [
    'smtpd_relay_restrictions smtpd_recipient_restrictions smtpd_client_restrictions smtpd_sender_restrictions smtpd_helo_restrictions smtpd_data_restrictions smtpd_end_of_data_restrictions',
    'clients say who may send, as whom (senders) and to whom (recipients)',
  ],
  [
    'smtpd_client_connection_count_limit smtpd_client_connection_rate_limit smtpd_client_message_rate_limit smtpd_client_recipient_rate_limit smtpd_client_auth_rate_limit',
    'Postfix counts by address; limits of a client count all its addresses together',
  ],
  [
    'smtp_destination_rate_delay default_destination_rate_delay smtp_destination_concurrency_limit default_destination_concurrency_limit',
    'each mailbox keeps within the limits of Graph; limits.messagesPerMinute of a connection bounds it further',
  ],
  ['relay_domains relay_recipient_maps', 'recipients of a client says whom it may send to'],
  [
    'sender_canonical_classes canonical_classes',
    'From and the envelope sender are one address when mail leaves',
  ],
  ['masquerade_domains masquerade_exceptions', 'write a route by from, with a from of its own'],
];

/** How Postfix is installed, speaks TLS, logs in or delivers into mailboxes of the machine. */
const needless =
  /^(compatibility_level|biff|append_dot_mydomain|append_at_myorigin|readme_directory|html_directory|manpage_directory|sample_directory|command_directory|daemon_directory|data_directory|queue_directory|shlib_directory|meta_directory|mail_owner|setgid_group|sendmail_path|newaliases_path|mailq_path|maillog_file.*|unknown_local_recipient_reject_code|debug.*|inet_protocols|alias_maps|alias_database|mailbox_.*|home_mailbox|recipient_delimiter|local_.*|mydomain|smtp_tls_.*|smtpd_tls_.*|smtpd_use_tls|smtp_use_tls|tls_.*|smtp_sasl_.*|smtp_sender_dependent_authentication|smtp_bind_address6?|smtpd_banner|disable_vrfy_command|smtpd_helo_required|strict_rfc821_envelopes|default_database_type|mynetworks_style|relayhost|always_bcc|delay_warning_time|bounce_queue_lifetime|smtputf8_enable|multi_instance_.*)$/;

/** Says something of every parameter that was not used, unless nobody misses it. */
export function mentionOthers(reading: PostfixReading): void {
  const { settings, findings } = reading;
  for (const [names, text] of sentences) {
    for (const name of names.split(' ')) {
      const value = settings.text(name) ?? '';
      if (value !== '' && value !== 'no') findings.leftOut(name, text);
    }
  }
  mentionMailboxes(reading);
  const origin = settings.text('myorigin') ?? '';
  if (origin !== '') {
    findings.differs(
      'myorigin',
      'an address without a domain is not completed: from.force: default replaces it',
    );
  }
  const bcc = settings.text('always_bcc') ?? '';
  if (bcc !== '' && !parseAddress(bcc)) findings.leftOut('always_bcc', 'is no e-mail address');
  findings.differs(
    'bounces',
    'Postfix told senders of failed mail; here the block bounce says who is told',
  );
  for (const name of settings.unread()) {
    if (!needless.test(name)) findings.leftOut(name, 'has no counterpart');
  }
}

/** Mail for the machine itself would stay there. */
function mentionMailboxes({ settings, findings }: PostfixReading): void {
  const hostname = settings.text('myhostname') ?? '';
  const foreign = listOf(settings.text('mydestination')).filter(
    (name) => !name.startsWith('localhost') && name !== hostname,
  );
  if (foreign.length === 0) return;
  findings.leftOut(
    'mydestination',
    `there are no mailboxes here: mail for ${foreign.join(', ')} goes out as any other`,
  );
}
