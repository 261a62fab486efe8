// The schema of the values: what is misspelt is refused with its path, and every default stands in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { chart, suiteName, template, valuesFileOf, whyNoHelm } from './helm.ts';

const read = (file: string) => readFileSync(join(chart, file), 'utf8');
const schemaText = read('values.schema.json');

const refused: Readonly<Record<string, readonly [values: object, fault: string]>> = {
  'a key of the chart': [{ replicas: 2 }, '(root): Additional property replicas is not allowed'],
  'a key in a block': [
    { service: { typ: 'NodePort' } },
    'service: Additional property typ is not allowed',
  ],
  'a port out of range': [
    { listeners: { smtp: { port: 70_000 } } },
    'listeners.smtp.port: Must be less than or equal to 65535',
  ],
  'a listener with a name that no port may have': [
    { listeners: { Old_Printers: { enabled: true, port: 26, containerPort: 2526, tls: 'none' } } },
    'listeners: Does not match pattern',
  ],
  'a digest that is none': [
    { image: { digest: 'sha256:12' } },
    'image.digest: Does not match pattern',
  ],
  'a key of the configuration': [
    { config: { routs: [] } },
    'config: Additional property routs is not allowed',
  ],
  'a key of a connection': [
    { config: { connections: { main: { type: 'graph', clientID: 'x' } } } },
    'config.connections.main: Additional property clientID is not allowed',
  ],
  'a type of connection': [
    { config: { connections: { main: { type: 'grph' } } } },
    'config.connections.main.type: config.connections.main.type must be one of the following: "graph", "smtp", "sandbox"',
  ],
  'a value of the configuration': [
    { config: { limits: { connections: -1 } } },
    'config.limits.connections: Must be greater than or equal to',
  ],
  'a key of a route': [
    { config: { routes: [{ name: 'a', when: { subjct: { is: 'x' } }, drop: true }] } },
    'config.routes.0.when: Additional property subjct is not allowed',
  ],
};

describe.skipIf(whyNoHelm !== undefined)(suiteName('values.schema.json'), () => {
  test.concurrent.each(Object.entries(refused))(
    'refuses %s, and says where',
    async (_name, [values, fault]) => {
      const { exitCode, stderr } = await template({ files: [valuesFileOf('secret')], values });
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain(`- ${fault}`);
    },
  );

  test('lets references stand in the place of every value of the configuration', async () => {
    const config = {
      limits: { connections: '${CONNECTIONS}' },
      connections: {
        main: {
          type: 'graph',
          clientId: '${ID}',
          tenant: '${TENANT}',
          saveToSentItems: '${SAVE:-true}',
        },
      },
      tokenCache: { file: '/tmp/tokens', key: '${KEY}' },
    };
    const { stderr } = await template({ files: [valuesFileOf('secret')], values: { config } });
    expect(stderr).toBe('');
  });

  test('is of draft 7, and has no pattern that RE2 does not know', () => {
    const schema: unknown = JSON.parse(schemaText);
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
    expect(schemaText).not.toMatch(/\(\?[=!<]/);
  });

  test('knows every value of values.yaml, and has no value that values.yaml does not show', () => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(schemaText));
    const shown = Object.keys(z.record(z.string(), z.unknown()).parse(parse(read('values.yaml'))));
    expect(Object.keys(properties).toSorted()).toEqual(['global', ...shown].toSorted());
  });
});
