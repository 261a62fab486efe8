// How the image and the systemd unit start Node: whoever measures or confines a gateway starts it so, too.

export const shippedFlags: readonly string[] = ['--max-semi-space-size=8'];

export const shippedEnvironment = {
  MALLOC_TRIM_THRESHOLD_: '2097152',
  MALLOC_MMAP_THRESHOLD_: '1048576',
} as const;
