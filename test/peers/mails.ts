// A message as a program writes it that has only a file to hand over: no Date, no Message-ID.

export interface MailSource {
  readonly to: readonly string[];
  readonly bcc: readonly string[];
  readonly attachment: Uint8Array | undefined;
}

export function sourceOf({ to, bcc, attachment }: MailSource): string {
  return [
    'From: root@localhost',
    `To: ${to.join(', ')}`,
    ...(bcc.length > 0 ? [`Bcc: ${bcc.join(', ')}`] : []),
    'Subject: scan',
    'MIME-Version: 1.0',
    ...(attachment ? withAttachment(attachment) : ['', 'See the scan.']),
    '',
  ].join('\r\n');
}

function withAttachment(attachment: Uint8Array): readonly string[] {
  return [
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the scan.',
    '--b',
    'Content-Type: application/octet-stream; name=scan.bin',
    'Content-Disposition: attachment; filename=scan.bin',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(attachment).toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--b--',
  ];
}
