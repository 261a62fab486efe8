// docs/install.md: what its commands name is there, and is what the other tests here run.
import { accessSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hardening } from './containers.ts';
import { root } from './package-artefact.ts';
import { readUnit } from './systemd-unit.ts';

const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

test('the image is started as by-hand/image.test.ts starts it', () => {
  expect(page).toContain(`docker run ${hardening.join(' ')} -p 25:2525`);
  expect(page).toContain('-v graphpost:/var/lib/graphpost graphpost\n');
  expect(dockerfile).toContain('STATE_DIRECTORY=/var/lib/graphpost');
  expect(dockerfile).toMatch(/^EXPOSE 2525 /m);
});

test('the service is installed where its unit looks for it', () => {
  const [, prefix = ''] = /npm install --prefix (\S+) /.exec(page) ?? [];
  expect(readUnit().startCommand).toContain(`${prefix}/node_modules/graphpost/dist/main.js`);
  const copied = [...page.matchAll(/^cp (\S+) \/etc\/systemd\/system\/$/gm)];
  expect(copied.map(([, from]) => from)).toEqual([
    'packaging/systemd/graphpost.service',
    'packaging/systemd/graphpost.socket',
  ]);
  for (const [, from = ''] of copied) accessSync(join(root, from));
  const { directives } = readUnit();
  expect(directives.get('LoadCredential')).toEqual(['graph:/etc/graphpost/credentials/graph']);
  expect(page).toContain('the client secret in `/etc/graphpost/credentials/graph`');
  const socket = readFileSync(join(root, 'packaging/systemd/graphpost.socket'), 'utf8');
  const [, name = ''] = /^FileDescriptorName=(.*)$/m.exec(socket) ?? [];
  expect(page).toContain(`listeners: [{ name: ${name}, address: 0.0.0.0:25 }]`);
});
