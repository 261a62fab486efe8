// MIME entities for the corpus: written out byte by byte, as no library would dare.

/** Latin1: one character is one byte. */
export type Raw = string;

export function lines(...all: readonly string[]): Raw {
  return all.map((line) => `${line}\r\n`).join('');
}

export function utf8(text: string): Raw {
  return Buffer.from(text).toString('latin1');
}

export function base64(bytes: Raw): Raw {
  const text = Buffer.from(bytes, 'latin1').toString('base64');
  return text.replaceAll(/.{1,76}/g, '$&\r\n');
}

/** An entity: fields, then content, which ends with its line end. */
export function entity(fields: readonly string[], content: Raw): Raw {
  return `${lines(...fields)}\r\n${content}`;
}

export function text(content: Raw, type = 'text/plain; charset=utf-8', ...fields: string[]): Raw {
  return entity([`Content-Type: ${type}`, ...fields], `${content}\r\n`);
}

export function encodedText(content: Raw, type: string): Raw {
  return text(base64(content).trimEnd(), type, 'Content-Transfer-Encoding: base64');
}

/** What a file named so holds: the same in each message. */
export function contentOf(name: string): Raw {
  return utf8(`This is ${name}.\r\n`).repeat(20);
}

/** A file in base64. @param disposition with its parameters */
export function file(name: string, type: string, disposition: string, ...fields: string[]): Raw {
  return entity(
    [
      `Content-Type: ${type}`,
      `Content-Disposition: ${disposition}`,
      'Content-Transfer-Encoding: base64',
      ...fields,
    ],
    base64(contentOf(name)),
  );
}

export function attachment(name: string, type = 'application/pdf'): Raw {
  return file(name, type, `attachment; filename="${name}"`);
}

let boundaries = 0;

/** @param kind with its parameters, such as `report; report-type=delivery-status` */
export function multipart(kind: string, ...parts: readonly Raw[]): Raw {
  boundaries += 1;
  const boundary = `=_corpus_${boundaries}`;
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('');
  return entity(
    [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    `${body}--${boundary}--\r\n`,
  );
}

/** Makes an entity larger without a change to what it says: by a preamble, blank lines of base64, or more text. */
export function padded(raw: Raw, bytes: number): Raw {
  if (bytes === 0) return raw;
  const bodyAt = raw.indexOf('\r\n\r\n') + 4;
  const [header, body] = [raw.slice(0, bodyAt), raw.slice(bodyAt)];
  if (/^content-type:\s*multipart/im.test(header)) return `${header}${preamble(bytes)}${body}`;
  if (/^content-transfer-encoding:\s*base64/im.test(header)) {
    return `${header}${'\r\n'.repeat(bytes / 2)}${body}`;
  }
  return `${header}${body}${'.pad '
    .repeat(15)
    .concat('\r\n')
    .repeat(bytes / 77)}`;
}

function preamble(bytes: number): Raw {
  return 'This is a multi-part message in MIME format.\r\n'.repeat(bytes / 46);
}
