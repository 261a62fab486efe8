import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentOf, lines } from '../../test/support/content.ts';
import { isShownText, shapeOf } from './outline-body.ts';
import { flatten, integrityOf } from './outline-integrity.ts';
import { scanEntities } from './outline-scan.ts';

const types = [
  'text/plain',
  'text/html',
  'text/csv',
  'text/x-amp-html',
  'text/enriched',
  'image/png',
  'application/pdf',
  'message/rfc822',
  'message/delivery-status',
] as const;

const leaf = fc
  .record({
    type: fc.constantFrom(...types),
    disposition: fc.constantFrom('', 'inline', 'attachment', 'attachment; filename=a.bin'),
    content: fc.constantFrom('', 'content'),
  })
  .map(({ type, disposition, content }) => {
    const said = disposition === '' ? [] : [`Content-Disposition: ${disposition}`];
    return lines(`Content-Type: ${type}`, ...said, '', content);
  });

const { entity } = fc.letrec<{ entity: string; multipart: string }>((tie) => ({
  entity: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, leaf, tie('multipart')),
  multipart: fc
    .record({
      kind: fc.constantFrom('mixed', 'alternative', 'related', 'report', 'digest'),
      children: fc.array(tie('entity'), { minLength: 1, maxLength: 4 }),
      boundary: fc.uuid(),
    })
    .map(({ kind, children, boundary }) => {
      const parts = children.map((child) => `--${boundary}\r\n${child}`).join('');
      const header = lines(`Content-Type: multipart/${kind}; boundary="${boundary}"`, '');
      return `${header}${parts}--${boundary}--\r\n`;
    }),
}));

describe('shapeOf()', () => {
  test('makes each leaf the body or a file, or names it among the losses', async () => {
    await fc.assert(
      fc.asyncProperty(entity, async (text) => {
        const root = await scanEntities(contentOf(`Subject: x\r\n${text}`));
        if (root === undefined || integrityOf(root) !== 'free') return;
        const { body, files, omitted, losses } = shapeOf(root);
        const leaves = [...flatten(root)].filter(({ children }) => children.length === 0);
        const found = [...(body ? [body] : []), ...files, ...omitted];
        expect(new Set(found)).toEqual(new Set(leaves));
        expect(found).toHaveLength(leaves.length);
        for (const { contentType, decodedBytes } of omitted) {
          const name = decodedBytes > 0 ? `the ${contentType} beside the body` : 'an empty';
          expect(losses.join()).toContain(name);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('leaves out no content for which no text stands', async () => {
    await fc.assert(
      fc.asyncProperty(entity, async (text) => {
        const root = await scanEntities(contentOf(`Subject: x\r\n${text}`));
        if (root === undefined || integrityOf(root) !== 'free') return;
        const { body, omitted } = shapeOf(root);
        const filled = omitted.filter(({ decodedBytes }) => decodedBytes > 0);
        expect(filled.length === 0 || (body !== undefined && body.decodedBytes > 0)).toBe(true);
        expect(
          filled.filter((part) => !isShownText(part)).map(({ contentType }) => contentType),
        ).toEqual(
          expect.not.arrayContaining([
            'text/csv',
            'image/png',
            'application/pdf',
            'message/rfc822',
          ]),
        );
      }),
      { numRuns: 500 },
    );
  });
});
