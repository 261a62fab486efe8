import { describe, expect, test } from 'vitest';
import type { ShownListener } from '../admin-source.ts';
import { appSettings } from './app-settings.ts';

describe('appSettings()', () => {
  test.each([
    [undefined, "'WPMS_SSL', ''", 'Encryption: off', 'NoStartTLS'],
    ['optional', "'WPMS_SSL', 'tls'", 'Encryption: STARTTLS, or off', 'OpportunisticStartTLS'],
    ['required', "'WPMS_SSL', 'tls'", 'Encryption: STARTTLS', 'MandatoryStartTLS'],
    ['implicit', "'WPMS_SSL', 'ssl'", 'Encryption: SSL/TLS', 'OpportunisticStartTLS'],
  ] as const)('for TLS %s say so in the words of each app', (tls, ...words) => {
    const listener: ShownListener = { name: 'apps', host: 'relay.example.com', port: 587 };
    const settings = appSettings({ ...listener, ...(tls && { tls }) }, 'shop@example.com');
    expect(settings.map(({ id }) => id)).toEqual(['wordpress', 'printer', 'grafana']);
    settings.forEach(({ text }, index) => {
      expect(text).toContain(words[index]);
      expect(text).toContain('relay.example.com');
      expect(text).toContain('587');
      expect(text).toContain('shop@example.com');
    });
  });
});
