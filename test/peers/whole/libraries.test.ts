// Libraries whose languages are large to install.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingFile, missingProgram, run, unpacked } from '../programs.ts';
import { recipe, recipeFor } from '../recipes.ts';
import { startStage, type Order } from '../stage.ts';

const tryPeer = startStage();

/** What every program is given, in this order; lists are separated by commas. */
function argumentsOf({ port, secure, certFile, to, bcc, attachmentFile = '' }: Order): string[] {
  return [String(port), String(secure), certFile, to.join(), bcc.join(), attachmentFile];
}

/** Debian's Python: others do not see its packages. */
const python = '/usr/bin/python3';

tryPeer({
  name: 'Django',
  missing: missingProgram(python, ['-c', 'import django']),
  send: async (order) => {
    const script = `
import sys
from django.conf import settings
port, secure, ca, to, bcc, attachment, recipe_file = sys.argv[1:]
recipe = {}
exec(open(recipe_file).read(), {}, recipe)
settings.configure(**recipe)
from django.core.mail import EmailMessage
hidden = bcc.split(',') if bcc else []
mail = EmailMessage('scan', 'See the scan.', 'root@localhost', to.split(','), bcc=hidden)
if attachment:
    with open(attachment, 'rb') as file:
        mail.attach('scan.bin', file.read(), 'application/octet-stream')
mail.send()
`;
    const recipeFile = join(order.folder, 'settings.py');
    await writeFile(recipeFile, recipeFor('django', order));
    await run(python, ['-c', script, ...argumentsOf(order), recipeFile]);
  },
});

const javaMail = '/usr/share/java/javax.mail.jar';

tryPeer({
  name: 'Java Mail',
  missing: missingProgram('javac', ['-version']) ?? missingFile(javaMail),
  send: async (order) => {
    const source = join(order.folder, 'Send.java');
    await writeFile(
      source,
      `
import java.io.File;
import java.io.FileReader;
import java.util.Properties;
import javax.mail.*;
import javax.mail.internet.*;

public class Send {
  public static void main(String[] arguments) throws Exception {
    // As Spring Boot reads them.
    Properties spring = new Properties();
    spring.load(new FileReader(arguments[6]));
    Properties settings = new Properties();
    settings.put("mail.smtp.host", spring.getProperty("spring.mail.host"));
    settings.put("mail.smtp.port", spring.getProperty("spring.mail.port"));
    for (String name : spring.stringPropertyNames()) {
      String prefix = "spring.mail.properties.";
      if (name.startsWith(prefix)) settings.put(name.substring(prefix.length()), spring.getProperty(name));
    }
    Session session = Session.getInstance(settings, new Authenticator() {
      protected PasswordAuthentication getPasswordAuthentication() {
        String password = spring.getProperty("spring.mail.password");
        return new PasswordAuthentication(spring.getProperty("spring.mail.username"), password);
      }
    });
    MimeMessage message = new MimeMessage(session);
    message.setFrom("root@localhost");
    message.setRecipients(Message.RecipientType.TO, arguments[3]);
    message.setRecipients(Message.RecipientType.BCC, arguments[4]);
    message.setSubject("scan");
    if (arguments[5].isEmpty()) {
      message.setText("See the scan.");
    } else {
      MimeBodyPart text = new MimeBodyPart();
      text.setText("See the scan.");
      MimeBodyPart file = new MimeBodyPart();
      file.attachFile(new File(arguments[5]));
      message.setContent(new MimeMultipart(text, file));
    }
    Transport.send(message);
  }
}
`,
    );
    const trust = join(order.folder, 'trust.p12');
    const store = ['-keystore', trust, '-storetype', 'PKCS12', '-storepass', 'changeit'];
    await run('keytool', ['-importcert', '-noprompt', '-file', order.certFile, ...store]);
    const path = `${javaMail}:/usr/share/java/javax.activation.jar`;
    const properties = join(order.folder, 'application.properties');
    await writeFile(properties, recipeFor('spring', order));
    const trusted = [`-Djavax.net.ssl.trustStore=${trust}`];
    const password = ['-Djavax.net.ssl.trustStorePassword=changeit'];
    const args = [source, ...argumentsOf(order), properties];
    await run('java', ['-cp', path, ...trusted, ...password, ...args]);
  },
});

tryPeer({
  name: 'Go net/smtp',
  missing: missingProgram('go', ['version']),
  send: async (order) => {
    const source = join(order.folder, 'main.go');
    await writeFile(
      source,
      `package main

import (
	"io/ioutil"
	"net/smtp"
	"os"
	"strings"
)

func main() {
	var login smtp.Auth
	if os.Args[2] == "true" {
		login = smtp.PlainAuth("", "app", "secret", "127.0.0.1")
	}
	message, err := ioutil.ReadFile(os.Args[7])
	if err != nil {
		panic(err)
	}
	recipients := strings.Split(os.Args[4], ",")
	if os.Args[5] != "" {
		recipients = append(recipients, strings.Split(os.Args[5], ",")...)
	}
	err = smtp.SendMail("127.0.0.1:"+os.Args[1], login, "root@localhost", recipients, message)
	if err != nil {
		panic(err)
	}
}
`,
    );
    const env = { SSL_CERT_FILE: order.certFile, CGO_ENABLED: '0' };
    const args = [...argumentsOf(order), order.openMessageFile];
    await run('go', ['run', source, ...args], { env });
  },
});

const wordPress = unpacked('wordpress', 'usr/share/wordpress');

tryPeer({
  name: 'WordPress wp_mail()',
  missing: missingProgram('php') ?? missingFile(join(wordPress, 'wp-settings.php')),
  send: async (order) => {
    // The whole of WordPress as a site has it, but for its database, which knows nothing.
    const database = `<?php
class NoDatabase extends wpdb {
  public function db_connect($allow_bail = true) { $this->ready = true; return true; }
  public function check_connection($allow_bail = true) { return true; }
  public function _real_escape($data) { return $this->add_placeholder_escape(addslashes((string) $data)); }
  public function query($query) { $this->last_result = []; $this->num_rows = 0; return 0; }
  public function has_cap($capability) { return true; }
  public function db_version() { return '8.0'; }
  public function db_server_info() { return '8.0'; }
  public function get_col_charset($table, $column) { return 'utf8mb4'; }
}
$wpdb = new NoDatabase('', '', '', '');
`;
    const site = join(order.folder, 'site');
    await mkdir(join(site, 'wp-content'), { recursive: true });
    await writeFile(join(site, 'wp-content/db.php'), database);
    for (const part of ['wp-settings.php', 'wp-includes', 'wp-admin']) {
      await symlink(join(wordPress, part), join(site, part));
    }
    const script = `<?php
[, $port, $secure, $ca, $to, $bcc, $attachment, $site] = $argv;
$_SERVER['HTTP_HOST'] = 'localhost';
$_SERVER['REQUEST_URI'] = '/';
foreach (['DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_HOST'] as $name) define($name, '');
define('DB_CHARSET', 'utf8mb4');
define('WP_INSTALLING', true);
define('WP_SITEURL', 'http://localhost');
define('WP_HOME', 'http://localhost');
define('ABSPATH', "$site/");
$table_prefix = 'wp_';
error_reporting(E_ERROR);
require ABSPATH . 'wp-settings.php';
add_action('wp_mail_failed', function ($error) { fwrite(STDERR, $error->get_error_message()); });
${recipe('wordpress-plugin', order).replace('<?php', '')}
add_action('phpmailer_init', function ($mailer) use ($secure, $ca) {
  if ($secure !== 'true') return;
  $mailer->SMTPAutoTLS = true;
  $mailer->SMTPOptions = ['ssl' => ['cafile' => $ca]];
  $mailer->SMTPAuth = true;
  $mailer->Username = 'app';
  $mailer->Password = 'secret';
});
$headers = $bcc === '' ? [] : ["Bcc: $bcc"];
$headers[] = 'From: root@example.com';
$attachments = $attachment === '' ? [] : [$attachment];
exit(wp_mail(explode(',', $to), 'scan', 'See the scan.', $headers, $attachments) ? 0 : 1);
`;
    const file = join(order.folder, 'send.php');
    await writeFile(file, script);
    await run('php', [file, ...argumentsOf(order), site]);
  },
});
