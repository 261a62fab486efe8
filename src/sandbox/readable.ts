// Reads a message for people: its texts, and its attachments with their digests.
import { createHash } from 'node:crypto';
import type { AttachmentStream, MessageText } from 'mailparser';
import type { SandboxMessage } from '../relay/ports.ts';

export type ReadableContent = Pick<SandboxMessage, 'text' | 'html' | 'attachments'>;

type Attachment = SandboxMessage['attachments'][number];

const limits = {
  maxHeadSize: 1_048_576,
  maxChildNodes: 1_000,
  maxHtmlLengthToParse: 1_048_576,
  checksumAlgo: false,
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
} as const;

/** A message that cannot be parsed has a text that says so in place of its content. */
export async function readContent(raw: Uint8Array): Promise<ReadableContent> {
  // Loaded when somebody looks: the parser is larger than the rest of the sandbox.
  const { MailParser } = await import('mailparser');
  const parser = new MailParser(limits);
  const attachments: Attachment[] = [];
  let [text, html] = ['', ''];
  parser.end(raw);
  try {
    for await (const item of parser) {
      const part: AttachmentStream | MessageText = item;
      if (part.type === 'attachment') attachments.push(await readAttachment(part));
      else [text, html] = [part.text ?? '', part.html ?? ''];
    }
  } catch (error) {
    text = `This message cannot be read: ${String(error)}`;
  }
  return { text, html, attachments };
}

async function readAttachment(part: AttachmentStream): Promise<Attachment> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const item of part.content) {
    const piece: Uint8Array = item;
    hash.update(piece);
    sizeBytes += piece.length;
  }
  // The parser waits for this before it goes on.
  part.release?.();
  const { filename = '', contentType } = part;
  return { name: filename, contentType, sizeBytes, sha256: hash.digest('hex') };
}
