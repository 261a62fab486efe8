import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../test/support/content.ts';
import type { MessagePart } from '../core/outline.ts';
import { attachmentItem, fileAttachment, toMessageFiles } from './attachments.ts';

function partOf(changes: Partial<MessagePart>): MessagePart {
  return {
    contentType: 'application/pdf',
    charset: '',
    encoding: 'base64',
    name: '',
    contentId: '',
    isInline: false,
    headerStart: 0,
    start: 0,
    end: 0,
    decodedBytes: 4,
    jsonBytes: 4,
    ...changes,
  };
}

function fileOf(changes: Partial<MessagePart>) {
  const content = {
    sizeBytes: 4,
    async *read() {
      yield Buffer.from('a"b\\');
    },
  };
  const [file] = toMessageFiles([partOf(changes)], () => content);
  if (!file) throw new Error('No file');
  return file;
}

describe('toMessageFiles()', () => {
  test.each([
    ['a.pdf', 'application/pdf', 'a.pdf'],
    ['', 'application/pdf', 'part-1.pdf'],
    ['', 'text/plain', 'part-1.txt'],
    ['', 'application/x-own', 'part-1'],
    ['', 'message/rfc822', 'message-1.eml'],
    ['Re: Hi', 'message/rfc822', 'Re: Hi.eml'],
    ['Hi.EML', 'message/rfc822', 'Hi.EML'],
  ])('names a part "%s" of type %s "%s"', (name, contentType, expected) => {
    expect(fileOf({ name, contentType }).name).toBe(expected);
  });
});

test('fileAttachment() is JSON of exactly the length that it says', async () => {
  const body = fileAttachment(fileOf({ name: 'é".pdf', contentId: 'logo@app', isInline: true }));
  const bytes = await bytesOf(body.open());
  expect(bytes).toHaveLength(body.contentLength);
  expect(JSON.parse(bytes.toString())).toEqual({
    '@odata.type': '#microsoft.graph.fileAttachment',
    name: 'é".pdf',
    contentType: 'application/pdf',
    isInline: true,
    contentId: 'logo@app',
    contentBytes: Buffer.from('a"b\\').toString('base64'),
  });
});

test('attachmentItem() says what an upload session is for', () => {
  expect(attachmentItem(fileOf({ name: 'a.pdf' }))).toEqual({
    attachmentType: 'file',
    name: 'a.pdf',
    size: 4,
    contentType: 'application/pdf',
    isInline: false,
  });
});
