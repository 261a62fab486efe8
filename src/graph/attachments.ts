// The files of a message as Graph takes them ("fileAttachment resource type").
import type { MessagePart } from '../core/outline.ts';
import type { PartContent } from '../relay/ports.ts';
import { base64Body } from './base64.ts';
import { joinBodies, textBody, type RequestBody } from './request-body.ts';

export interface MessageFile {
  readonly part: MessagePart;
  readonly content: PartContent;
  /** Every file needs one. */
  readonly name: string;
}

/** @param files as the outline has them */
export function toMessageFiles(
  files: readonly MessagePart[],
  readPart: (part: MessagePart) => PartContent,
): readonly MessageFile[] {
  return files.map((part, index) => ({
    part,
    content: readPart(part),
    name: fileName(part, index + 1),
  }));
}

/** A message within the message becomes a file that mail programs open: Graph takes no other form of it. */
function fileName({ name, contentType }: MessagePart, number: number): string {
  if (contentType !== 'message/rfc822')
    return name || `part-${number}${extensions[contentType] ?? ''}`;
  return /\.eml$/i.test(name) ? name : `${name || `message-${number}`}.eml`;
}

const extensions: Readonly<Record<string, string>> = {
  'text/plain': '.txt',
  'text/html': '.html',
  'text/calendar': '.ics',
  'text/csv': '.csv',
  'text/rfc822-headers': '.txt',
  'message/delivery-status': '.txt',
  'message/disposition-notification': '.txt',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'application/pdf': '.pdf',
};

/** JSON of the file with its content, which is read as it goes out. */
export function fileAttachment(file: MessageFile): RequestBody {
  const facts = { '@odata.type': '#microsoft.graph.fileAttachment', ...factsOf(file) };
  const opening = `${JSON.stringify(facts).slice(0, -1)},"contentBytes":"`;
  return joinBodies([textBody(opening), base64Body(file.content), textBody('"}')]);
}

/** What an upload session is told of the file ("attachmentItem resource type"). */
export function attachmentItem(file: MessageFile): Record<string, unknown> {
  return { attachmentType: 'file', size: file.part.decodedBytes, ...factsOf(file) };
}

function factsOf({ part: { contentType, contentId, isInline }, name }: MessageFile) {
  return { name, contentType, isInline, ...(contentId !== '' && { contentId }) };
}
