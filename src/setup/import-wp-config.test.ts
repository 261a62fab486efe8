import { describe, expect, test } from 'vitest';
import { createFindings } from './import-findings.ts';
import { layConstants, parseConstants } from './import-wp-config.ts';

describe('parseConstants()', () => {
  test.each([
    [`define('WPMS_MAILER', 'smtp');`, 'smtp'],
    [`define( "WPMS_MAILER" , "a\\"b" ) ;`, 'a"b'],
    [`define('WPMS_MAILER', 'it\\'s; (fine) // #');`, `it's; (fine) // #`],
    [`define('WPMS_MAILER', 587);`, 587],
    [`define('WPMS_MAILER', TRUE);`, true],
    [`define('WPMS_MAILER', false); // define('WPMS_MAILER', 'x');`, false],
    [`/* define('WPMS_MAILER', 'x'); */ define('WPMS_MAILER', '');`, ''],
    [`define('WPMS_MAILER', getenv('M'));`, { expression: `getenv('M')` }],
    [`define('WPMS_MAILER', "$mailer");`, { expression: '"$mailer"' }],
    [`define('WPMS_MAILER', 'a' . B);`, { expression: `'a' . B` }],
  ])('reads %s', (php, value) => {
    expect(parseConstants(`<?php\n${php}`).get('WPMS_MAILER')).toEqual(value);
  });

  test('takes no constant of others, and none that is a comment', () => {
    const php = `define('DB_PASSWORD', 'x');\n# define('WPMS_ON', true);\n`;
    expect(parseConstants(php).size).toBe(0);
  });
});

describe('layConstants()', () => {
  test('lays them over the settings, which stay as they are', () => {
    const options = { mail: { mailer: 'mail', from_email: 'a@b.example' } };
    const constants = new Map([
      ['WPMS_MAILER', 'sendgrid'],
      ['WPMS_SENDGRID_API_KEY', 'k'],
      ['WPMS_ALERT_EMAIL_SEND_TO', 'ops@b.example'],
    ]);
    expect(layConstants(constants, { options, findings: createFindings() })).toEqual({
      mail: { mailer: 'sendgrid', from_email: 'a@b.example' },
      sendgrid: { api_key: 'k' },
      alert_email: { enabled: true, connections: { 0: { send_to: 'ops@b.example' } } },
    });
    expect(options.mail.mailer).toBe('mail');
  });

  test('says no part of what PHP puts together', () => {
    const findings = createFindings();
    const constants = new Map([['WPMS_SMTP_PASS', { expression: `'hun' . 'ter2'` }]]);
    layConstants(constants, { options: {}, findings });
    expect(JSON.stringify(findings.all)).not.toContain('ter2');
  });

  test('says what PHP works out, and what it does not know', () => {
    const findings = createFindings();
    const constants = new Map<string, string | { expression: string }>([
      ['WPMS_SMTP_PASS', { expression: `getenv('P')` }],
      ['WPMS_SOMETHING', 'x'],
    ]);
    expect(layConstants(constants, { options: {}, findings })).toEqual({});
    expect(findings.all.map(({ kind, setting }) => [kind, setting])).toEqual([
      ['toDo', 'WPMS_SMTP_PASS'],
      ['leftOut', 'WPMS_SOMETHING'],
    ]);
  });
});
