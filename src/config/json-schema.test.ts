import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { createEditorSchema } from './editor-schema.ts';
import { createJsonSchema, keysAt } from './json-schema.ts';

describe('keysAt()', () => {
  test.each([
    [
      ['listeners', 0, 'certificate'],
      ['cert', 'key'],
    ],
    [
      ['connections', 'any', 'cloud'],
      ['authority', 'graph'],
    ],
    [
      ['routes', 3, 'when', 'all', 0, 'not', 'size'],
      ['over', 'under'],
    ],
    [
      ['default', 'from'],
      ['force', 'address', 'name', 'defaults', 'replyTo'],
    ],
    [['nowhere', 'at', 'all'], []],
  ])('of %j', (path, keys) => {
    expect(keysAt(createJsonSchema(), path)).toEqual(keys);
  });
});

describe('createEditorSchema()', () => {
  const schema: unknown = createEditorSchema();
  const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  const folder = join(import.meta.dirname, '../../config');
  const shipped = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  const connections = { main: { type: 'sandbox' } };

  test.each(shipped)('accepts %s', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(validator.safeParse(parse(text)).error?.issues).toBeUndefined();
  });

  test.each([
    { connections, limits: { connections: '${CONNECTIONS}' } },
    { connections, log: { level: '${LEVEL:-info}' } },
    { connections, http: { admin: '${ADMIN}' } },
  ])('accepts references: %j', (content) => {
    expect(validator.safeParse(content).success).toBe(true);
  });

  test.each([
    {},
    { connections, limits: { connections: 'many' } },
    { connections, log: { level: 'inof' } },
    { connections, unknown: 1 },
    { connections, routes: [{ name: 'x', when: { subjct: { is: 'x' } }, drop: true }] },
  ])('refuses %j', (content) => {
    expect(validator.safeParse(content).success).toBe(false);
  });

  test('describes every key', () => {
    const undescribed: string[] = [];
    JSON.stringify(schema, function (this: unknown, key: string, value: unknown) {
      if (key !== 'properties' || typeof value !== 'object' || value === null) return value;
      for (const [name, property] of Object.entries(value)) {
        const text = JSON.stringify(property);
        if (!text.includes('"description"') && !text.includes('"$ref"')) undescribed.push(name);
      }
      return value;
    });
    expect(undescribed).toEqual([]);
  });
});
