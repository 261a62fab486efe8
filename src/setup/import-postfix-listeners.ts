// Where Postfix takes mail in (inet_interfaces, and the ports of master.cf), as listeners of ours.
import { parseEndpoint } from '../config/endpoint.ts';
import { uniqueName, usable } from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import { listOf, logicalLines } from './import-postfix-files.ts';
import { portOf, type PostfixReading } from './import-postfix-relay.ts';

export function listenersOf(reading: PostfixReading): Piece {
  const master = reading.readTable('master.cf');
  const services = master === undefined ? [smtp] : servicesOf(master, reading);
  const hosts = hostsOf(reading);
  const taken = new Set<string>();
  const listeners = (services.length > 0 ? services : [smtp]).flatMap((service) =>
    hosts.map((host): Block => {
      const name = uniqueName(service.name, taken);
      taken.add(name);
      return { name, address: `${host}:${service.port}`, ...tlsOf(service, reading) };
    }),
  );
  const remark =
    master === undefined
      ? 'inet_interfaces. What master.cf opens beside 25 wants a listener, too'
      : 'inet_interfaces, at the ports of master.cf';
  return remarked(remark, listeners);
}

/** A line of master.cf that takes mail from the network. */
interface Service {
  readonly name: string;
  readonly port: number;
  readonly implicitTls: boolean;
  /** Its own smtpd_tls_security_level. */
  readonly level?: string | undefined;
}

const smtp: Service = { name: 'smtp', port: 25, implicitTls: false };

/** One for each port. */
function servicesOf(master: string, { findings }: PostfixReading): readonly Service[] {
  const services = logicalLines(master).flatMap((line): readonly Service[] => {
    const [service = '', type, , , , , , command = ''] = line.split(/\s+/);
    if (type !== 'inet' || !/^(smtpd|postscreen)$/.test(command)) return [];
    const port = portOf(service);
    if (port === undefined) {
      // One with an address of its own: there filters give mail back.
      findings.leftOut('master.cf', `${service}: add a listener where an app needs it`);
      return [];
    }
    const wrapped = /smtpd_tls_wrappermode=yes/.test(line) || port === 465;
    const level = /smtpd_tls_security_level=(\w+)/.exec(line)?.[1];
    return [{ name: service.replaceAll(/[^\w-]/g, ' '), port, implicitTls: wrapped, level }];
  });
  return [...new Map(services.map((service) => [service.port, service])).values()];
}

/** Those that can be listened at; each once. */
function hostsOf({ settings, findings }: PostfixReading): readonly string[] {
  const hosts = [...new Set(listOf(settings.text('inet_interfaces') ?? 'all').map(hostOf))];
  // What listens on all addresses leaves none to the others.
  const all = hosts.filter((host) => host === '0.0.0.0' || host === '[::]').slice(0, 1);
  const found = usable(all.length > 0 ? all : hosts, {
    parse: (host) => parseEndpoint(`${host}:25`),
    setting: 'inet_interfaces',
    findings,
  });
  return found.length > 0 ? found : ['127.0.0.1'];
}

function hostOf(name: string): string {
  if (name === 'all') return '0.0.0.0';
  if (name === 'loopback-only' || name === 'localhost') return '127.0.0.1';
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return address.includes(':') ? `[${address}]` : address;
}

function tlsOf(service: Service, { settings, findings, resolvePath }: PostfixReading): Block {
  const chain = listOf(settings.text('smtpd_tls_chain_files'))[0];
  const cert = settings.text('smtpd_tls_cert_file') ?? chain;
  const key = settings.text('smtpd_tls_key_file') ?? cert;
  const level = service.level ?? settings.text('smtpd_tls_security_level');
  const isOn = level === undefined ? settings.flag('smtpd_use_tls') === true : level !== 'none';
  if (!isOn && !service.implicitTls) return {};
  if (!cert || !key || cert === 'none') {
    findings.toDo('smtpd_tls_cert_file', `is absent: port ${service.port} speaks no TLS without`);
    return {};
  }
  const tls = service.implicitTls ? 'implicit' : level === 'encrypt' ? 'required' : undefined;
  return {
    tls,
    certificate: remarked('It must be readable for the user of the gateway', {
      cert: resolvePath(cert),
      key: resolvePath(key),
    }),
  };
}
