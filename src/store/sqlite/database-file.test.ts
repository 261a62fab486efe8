import { describe, expect, test } from 'vitest';
import { refuseNetworkFileSystem } from './database-file.ts';

describe('refuseNetworkFileSystem()', () => {
  test.each([
    [0x6969n, 'NFS'],
    [0x517bn, 'SMB'],
    [0xff534d42n, 'CIFS'],
    [0xffffffff_ff534d42n, 'CIFS'],
    [0xfe534d42n, 'SMB2'],
    [0x65735546n, 'FUSE'],
    [0x01021997n, '9P'],
  ])('refuses type %i (%s), naming the file', (type, name) => {
    const message = `The queue file "/data/queue.db" lies on a network file system (${name}), where neither locks nor fsync can be trusted: put it on a disk of this machine`;
    expect(() => refuseNetworkFileSystem('/data/queue.db', type)).toThrow(message);
  });

  test.each([
    ['ext4', 0xef53n],
    ['XFS', 0x58465342n],
    ['Btrfs', 0x9123683en],
    ['tmpfs', 0x01021994n],
    ['overlayfs', 0x794c7630n],
    ['ZFS', 0x2fc12fc1n],
  ])('allows %s', (_, type) => {
    expect(() => refuseNetworkFileSystem('/data/queue.db', type)).not.toThrow();
  });
});
