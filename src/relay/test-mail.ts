// A test e-mail as a message: what stands in it, and the one rule by which it takes a single connection.
import type { Address } from '../core/address.ts';
import type { Client } from '../core/client.ts';
import type { HeaderEdit } from '../core/header-edit.ts';
import type { TestMailFormat } from '../core/test-mail.ts';
import { ownClient } from './make-report.ts';
import type { Policy } from './policy.ts';
import type { Mime, Transaction } from './ports.ts';

/** Name of the client that test e-mails come from, and of their rule. */
const testMailName = 'send-test';

export interface TestMail {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly format: TestMailFormat;
  /** How it goes, such as `connection "main"`. */
  readonly way: string;
  /** The host name of this gateway. */
  readonly hostname: string;
}

/** The message with its CRLFs; Date and Message-ID are added where it is accepted. */
export function composeTestMail(
  mail: TestMail,
  { mime }: { readonly mime: Pick<Mime, 'editHeader'> },
) {
  const { from, to, format, way } = mail;
  const header = mime.editHeader(new TextEncoder().encode('\r\n'), [
    { kind: 'setMailboxes', name: 'From', mailboxes: [{ name: 'Graphpost', address: from }] },
    { kind: 'setMailboxes', name: 'To', mailboxes: to.map((address) => ({ name: '', address })) },
    set('Subject', `Graphpost test over ${way}`),
    // RFC 3834 §5: no program answers it.
    set('Auto-Submitted', 'auto-generated'),
    set('X-Auto-Response-Suppress', 'All'),
    set('MIME-Version', '1.0'),
    set('Content-Type', `text/${format}; charset=utf-8`),
    set('Content-Transfer-Encoding', 'base64'),
  ]);
  return Buffer.concat([header, Buffer.from(toBase64Lines(textOf(mail)))]);
}

function set(name: string, text: string): HeaderEdit {
  return { kind: 'set', name, text };
}

function textOf({ format, way, hostname, from }: TestMail): string {
  const sentences = [
    `This test e-mail went through ${hostname} over ${way}.`,
    `It was sent as ${from}. That you read it says that mail gets through.`,
  ];
  if (format === 'plain') return `It works.\r\n\r\n${sentences.join('\r\n')}\r\n`;
  const paragraphs = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`);
  return `<!doctype html>\r\n<html><body><h1>It works.</h1>${paragraphs.join('')}</body></html>\r\n`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** RFC 2045 §6.8. */
function toBase64Lines(text: string): string {
  return Buffer.from(text)
    .toString('base64')
    .replaceAll(/.{1,76}/g, '$&\r\n');
}

/** As a client would hand it over: nothing of what is asked of others is left out. */
export function testTransaction(message: Uint8Array, mail: TestMail): Transaction {
  return {
    client: testClient(mail),
    envelope: {
      reversePath: mail.from,
      forwardPaths: mail.to,
      smtpUtf8: [mail.from, ...mail.to].some((address) => !/^[ -~]*$/.test(address)),
    },
    content: oncePiece(message),
    refusal: () => undefined,
  };
}

function testClient({ from, hostname }: TestMail): Client {
  return ownClient(testMailName, { from, hostname });
}

async function* oncePiece(message: Uint8Array): AsyncGenerator<Uint8Array> {
  yield message;
}

/** Everything over one connection, and no other in its place; also while nothing else is sent. */
export function testPolicy({ from, connections }: Policy, connection: string): Policy {
  const action = { kind: 'send', via: connection, backup: [], priority: 'high' } as const;
  return {
    ...{ from, connections },
    rules: [],
    needsContent: false,
    fallback: { name: testMailName, action, bcc: [] },
  };
}
