// What no message of the gateway may hold, although Exchange would take it.
import { readFields, valueOf, type HeaderField, type MimeMessage } from './mime-message.ts';

const lineFeed = 10;
const carriageReturn = 13;
/** Multiparts within multiparts that are looked into. */
const maxDepth = 20;
/** Fields that the gateway takes out of every message. */
const forbiddenField = /^(return-path|authentication-results|resent-bcc|x-ms-exchange-.*)$/i;

/** Each breach as one sentence. */
export function breachesOf(message: MimeMessage): readonly string[] {
  const breaches: string[] = [];
  const bareLineEnd = findBareLineEnd(message.frame);
  if (bareLineEnd !== undefined) breaches.push(bareLineEnd);
  for (const { name } of message.fields) {
    if (forbiddenField.test(name)) breaches.push(`The header has a field ${name}`);
  }
  if (partsDiscloseBcc(message)) breaches.push('The header of a MIME part has a field Bcc');
  return breaches.map(
    (breach) => `${breach}: message ${message.messageId || 'without Message-ID'}`,
  );
}

function findBareLineEnd(frame: Buffer): string | undefined {
  // Jumps from line end to line end: most bytes are never looked at here.
  let afterPair = 0;
  for (let feed = frame.indexOf(lineFeed); feed !== -1; feed = frame.indexOf(lineFeed, afterPair)) {
    if (frame[feed - 1] !== carriageReturn) return 'The message has a bare LF';
    afterPair = feed + 1;
  }
  return hasLoneReturn(frame) ? 'The message has a bare CR' : undefined;
}

function hasLoneReturn(frame: Buffer): boolean {
  let at = frame.indexOf(carriageReturn);
  while (at !== -1 && frame[at + 1] === lineFeed) at = frame.indexOf(carriageReturn, at + 2);
  return at !== -1;
}

/** Bcc belongs at the top, where Exchange takes it out, and nowhere else. */
function partsDiscloseBcc({ fields, frame, bodyStart }: MimeMessage): boolean {
  if (!/^multipart\//i.test(valueOf(fields, 'content-type'))) return false;
  const body = frame.toString('latin1', bodyStart);
  return /^bcc[ \t]*:/im.test(body) && discloses({ fields, body, depth: 0 });
}

interface Entity {
  readonly fields: readonly HeaderField[];
  readonly body: string;
  readonly depth: number;
}

function discloses({ fields, body, depth }: Entity): boolean {
  const type = valueOf(fields, 'content-type');
  const boundary = /^multipart\/.*?;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/is.exec(type);
  if (boundary === null || depth > maxDepth) return false;
  const delimiter = `--${boundary[1] ?? boundary[2] ?? ''}`;
  return `\r\n${body}`
    .split(`\r\n${delimiter}`)
    .slice(1)
    .some((part) => partDiscloses(part.slice(part.indexOf('\r\n') + 2), depth + 1));
}

function partDiscloses(part: string, depth: number): boolean {
  const headerEnd = part.startsWith('\r\n') ? 0 : part.indexOf('\r\n\r\n');
  const fields = readFields(part.slice(0, headerEnd === -1 ? part.length : headerEnd)) ?? [];
  if (fields.some((field) => field.name.toLowerCase() === 'bcc')) return true;
  return headerEnd !== -1 && discloses({ fields, body: part.slice(headerEnd + 4), depth });
}
