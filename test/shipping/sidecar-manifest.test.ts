// The plain manifest of a sidecar: native, least privilege, small, secrets from a Secret.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './package-artefact.ts';

test('packaging/kubernetes/sidecar.yaml is a native sidecar without any privilege', () => {
  const text = readFileSync(join(root, 'packaging/kubernetes/sidecar.yaml'), 'utf8');
  const manifest: unknown = parse(text, { strict: true, uniqueKeys: true });
  const sidecar = {
    name: 'graphpost',
    restartPolicy: 'Always',
    args: ['serve', '--config', '/app/config/sidecar.yaml'],
    envFrom: [{ secretRef: { name: 'graphpost' } }],
    resources: { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      runAsUser: 65532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const spec = { securityContext: { runAsNonRoot: true }, initContainers: [sidecar] };
  expect(manifest).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { template: { spec } },
  });
  expect(text).toContain("{ name: GRAPHPOST_LISTEN, value: '127.0.0.1:2525' }");
  expect(text).not.toContain(':latest');
});
