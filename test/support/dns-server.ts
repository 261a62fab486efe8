// A DNS server on this machine with the records of a test, for TXT and CNAME (RFC 1035 §4).
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';

export interface DnsRecords {
  readonly TXT?: Readonly<Record<string, readonly string[]>>;
  readonly CNAME?: Readonly<Record<string, string>>;
}

export interface DnsServer extends AsyncDisposable {
  /** Asks this server alone. */
  readonly resolver: Resolver;
}

const types: ReadonlyMap<number, 'TXT' | 'CNAME'> = new Map([
  [16, 'TXT'],
  [5, 'CNAME'],
]);
const nameError = 3;

/** Names that have no record at all do not exist. */
export async function startDnsServer(records: DnsRecords): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    socket.send(answerTo(question, records), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver({ timeout: 2_000, tries: 3 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    resolver,
    async [Symbol.asyncDispose]() {
      resolver.cancel();
      socket.close();
      await once(socket, 'close');
    },
  };
}

function answerTo(question: Buffer, records: DnsRecords): Buffer {
  const { name, type, end } = readQuestion(question);
  const data = dataOf(name.toLowerCase(), types.get(type), records);
  const isKnown = data.length > 0;
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (isKnown ? 0 : nameError), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length, 6);
  const answers = data.map((each) => {
    const fixed = Buffer.alloc(12);
    // The name is that of the question (RFC 1035 §4.1.4).
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt16BE(each.length, 10);
    return Buffer.concat([fixed, each]);
  });
  return Buffer.concat([header, question.subarray(12, end), ...answers]);
}

function readQuestion(question: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), type: question.readUInt16BE(at + 1), end: at + 5 };
}

function dataOf(name: string, type: 'TXT' | 'CNAME' | undefined, records: DnsRecords): Buffer[] {
  if (type === 'TXT') return (records.TXT?.[name] ?? []).map(characterString);
  const target = type === 'CNAME' ? records.CNAME?.[name] : undefined;
  return target === undefined ? [] : [domainName(target)];
}

function characterString(text: string): Buffer {
  const pieces = text.match(/.{1,255}/gs) ?? [''];
  return Buffer.concat(
    pieces.map((piece) => Buffer.from(`${String.fromCharCode(piece.length)}${piece}`, 'latin1')),
  );
}

function domainName(name: string): Buffer {
  const labels = name.split('.').map((label) => `${String.fromCharCode(label.length)}${label}`);
  return Buffer.from(`${labels.join('')}\0`, 'latin1');
}
