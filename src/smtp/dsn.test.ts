import { describe, expect, test } from 'vitest';
import { startIntake } from '../../test/dialogs/intake.ts';
import { connectGreeted } from '../../test/dialogs/raw-client.ts';
import { checkXtext } from './dsn.ts';

describe('checkXtext()', () => {
  test.each([
    '',
    ' SIZE=5 BODY=8BITMIME',
    ' ENVID=QQ314159',
    ' RET=HDRS ENVID=a+2Bb+3Dc',
    ' ORCPT=rfc822;user+2Btag@example.com',
    ' orcpt=utf-8;grüße@example.com',
  ])('takes %j', (parameters) => {
    expect(checkXtext(parameters)).toBeUndefined();
  });

  test.each([
    [' ENVID=ab+0D+0Acd', 'ENVID'],
    [' envid=a+00', 'ENVID'],
    [' ENVID=a+b', 'ENVID'],
    [' ENVID=a+0g', 'ENVID'],
    [` ENVID=${'x'.repeat(101)}`, 'ENVID'],
    [' ENVID=a+85', 'ENVID'],
    [' SIZE=1 ENVID=a\u0085b', 'ENVID'],
    [' ORCPT=rfc822;a\u200bb@example.com', 'ORCPT'],
    [' ORCPT=rfc822;a\u202eb@example.com', 'ORCPT'],
    [' ORCPT=rfc822;a+0D+0ABcc:evil@example.com', 'ORCPT'],
    [` ORCPT=rfc822;${'x'.repeat(500)}`, 'ORCPT'],
  ])('refuses %j', (parameters, keyword) => {
    expect(checkXtext(parameters)).toEqual({
      code: 501,
      status: '5.5.4',
      text: `The ${keyword} parameter is not valid`,
    });
  });
});

describe('the DSN extension', () => {
  test('is offered, and what was asked for is kept with the envelope', async () => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    expect(await client.say('EHLO me')).toContain('250-DSN');
    const replies = await client.sayAll(
      'MAIL FROM:<a@b.example> RET=hdrs ENVID=QQ+2B1',
      'RCPT TO:<C@d.example> NOTIFY=success,FAILURE ORCPT=rfc822;old+2Btag@d.example',
      'RCPT TO:<e@f.example>',
      'RCPT TO:<g@h.example> NOTIFY=NEVER',
      'DATA',
      'A: b\r\n\r\n.',
    );
    expect(replies.at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept[0]?.envelope).toEqual({
      reversePath: 'a@b.example',
      forwardPaths: ['C@d.example', 'e@f.example', 'g@h.example'],
      smtpUtf8: false,
      ret: 'HDRS',
      envid: 'QQ+1',
      reportWishes: [
        {
          forwardPath: 'C@d.example',
          notify: ['SUCCESS', 'FAILURE'],
          orcpt: 'rfc822;old+tag@d.example',
        },
        { forwardPath: 'g@h.example', notify: ['NEVER'] },
      ],
    });
  });

  test('leaves no trace where nothing was asked for, and none for the next transaction', async () => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    await client.sayAll('EHLO me', 'MAIL FROM:<a@b.example> ENVID=1', 'RSET');
    await client.sayAll('MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    await client.say('A: b\r\n\r\n.');
    expect(intake.kept[0]?.envelope).toEqual({
      reversePath: 'a@b.example',
      forwardPaths: ['c@d.example'],
      smtpUtf8: false,
    });
  });

  test.each([
    ['MAIL FROM:<a@b.example> RET=SOME', /^501 5\.5\.4 /],
    ['MAIL FROM:<a@b.example> ENVID', /^501 5\.5\.4 /],
    ['MAIL FROM:<a@b.example> ENVID=1 ENVID=2', /^501 5\.5\.4 /],
  ])('refuses %s', async (command, reply) => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    expect((await client.sayAll('EHLO me', command))[1]).toMatch(reply);
  });

  test.each(['NOTIFY=SOMETIMES', 'NOTIFY=NEVER,DELAY', 'NOTIFY', 'ORCPT=someone@d.example'])(
    'refuses %s',
    async (parameter) => {
      await using intake = await startIntake();
      using client = await connectGreeted(intake.listener.address);
      const replies = await client.sayAll(
        'EHLO me',
        'MAIL FROM:<a@b.example>',
        `RCPT TO:<c@d.example> ${parameter}`,
      );
      expect(replies[2]).toMatch(/^501 5\.5\.4 /);
    },
  );
});
