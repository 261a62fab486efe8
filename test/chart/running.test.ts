// A gateway with the configuration that the chart renders, and what `helm test` makes of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { createCertificateFiles, type CertificateFiles } from '../support/certificate-files.ts';
import { startTestGateway, type Blocks, type TestGateway } from '../support/gateway.ts';
import { onlyOne, render, suiteName, valuesFileOf, whyNoHelm } from './helm.ts';
import { podsOf } from './pods.ts';

const withData = z.object({ data: z.object({ 'graphpost.yaml': z.string() }) });

/** The configuration of a trial, without where it listens and stores. */
async function renderBlocks(): Promise<Blocks> {
  const values = { config: { hostname: 'relay.example.com', default: { send: { via: 'play' } } } };
  const manifests = await render({ files: [valuesFileOf('sandbox')], values });
  const { data } = withData.parse(onlyOne(manifests, 'ConfigMap'));
  const config = z.record(z.string(), z.unknown()).parse(parse(data['graphpost.yaml']));
  const { listeners: _1, queue: _2, http: _3, ...rest } = config;
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, stringify({ [key]: value })]),
  );
}

/** Runs what the pod of `helm test` runs, with other arguments. */
async function greet(...args: readonly string[]) {
  const manifests = await render({ files: [valuesFileOf('secret')] });
  const [pod] = podsOf(manifests.filter(({ kind }) => kind === 'Pod'));
  const [, flag = '', script = ''] = pod?.containers[0]?.command ?? [];
  const child = spawn(process.execPath, [flag, script, ...args]);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { exitCode: child.exitCode, stdout, stderr };
}

describe.skipIf(whyNoHelm !== undefined)(suiteName('a gateway of the chart'), () => {
  let gateway: TestGateway;
  let files: CertificateFiles;

  beforeAll(async () => {
    files = await createCertificateFiles();
    const implicit = `{ name: submissions, address: "127.0.0.1:0", tls: implicit, certificate: { cert: ${files.certFile}, key: ${files.keyFile} } }`;
    gateway = await startTestGateway({
      ...(await renderBlocks()),
      listeners: `listeners: [{ name: smtp, address: "127.0.0.1:0" }, ${implicit}]`,
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
  });

  test('takes mail and sends it', async () => {
    await gateway.send({ from: 'app@example.com', to: 'ann@example.com', text: 'It works' });
    const [message] = await gateway.sent(1);
    expect(message?.text).toContain('It works');
  });

  test('greets helm test, also over TLS', async () => {
    const ports = gateway.gateway.listeners.map(({ port }) => port);
    expect(await greet('127.0.0.1', `${ports[0]}/tcp`, `${ports[1]}/tls`)).toEqual({
      exitCode: 0,
      stdout: ports.map((port) => `127.0.0.1:${port} 220 relay.example.com ESMTP\n`).join(''),
      stderr: '',
    });
  });

  test('is told from what is no mail server', async () => {
    const server = createServer((socket) => socket.end('554 no service\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    expect(await greet('127.0.0.1', `${gateway.smtpPort}/tcp`, `${port}/tcp`)).toMatchObject({
      exitCode: 1,
      stderr: `127.0.0.1:${port} greets with "554 no service"\n`,
    });
    server.close();
  });

  test('is asked at each port of the Service, and for its health by its own command', async () => {
    const manifests = await render({ files: [valuesFileOf('workload-identity')] });
    const [pod] = podsOf(manifests.filter(({ kind }) => kind === 'Pod'));
    const ports = pod?.containers[0]?.command?.slice(3);
    expect(ports).toEqual(['gp-graphpost.mail.svc', '25/tcp', '587/tcp', '465/tls']);
    const url = 'http://gp-graphpost-headless.mail.svc:9464';
    expect(pod?.initContainers[0]?.args).toEqual(['healthcheck', '--url', url]);
  });
});
