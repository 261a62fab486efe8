<?php
/** The name of the database for WordPress */
define( 'DB_NAME', 'wordpress' );
define( 'DB_PASSWORD', 'hunter2-database' );

define( 'WPMS_ON', true );
define( 'WPMS_LICENSE_KEY', 'hunter2-licence' );
define( 'WPMS_MAIL_FROM', 'shop@contoso.com' );
define( 'WPMS_MAIL_FROM_FORCE', true ); // True turns it on, false turns it off.
define( 'WPMS_MAIL_FROM_NAME', 'Contoso\'s "Shop"' );
define( 'WPMS_MAIL_FROM_NAME_FORCE', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SET_RETURN_PATH', true );
define( 'WPMS_SMTP_HOST', 'mail.example.net' ); // The SMTP mail host.
define( 'WPMS_SMTP_PORT', 587 );
define( 'WPMS_SSL', 'tls' ); // Possible values '', 'ssl', 'tls' - note TLS is not STARTTLS
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', 'contoso' );
define( 'WPMS_SMTP_PASS', 'hunter2 (not #1); "quoted"' );
define( 'WPMS_SMTP_AUTOTLS', true );
# define( 'WPMS_DO_NOT_SEND', true );
/* define( 'WPMS_MAILER', 'sendgrid' ); */
define( 'WPMS_DEBUG_EVENTS_RETENTION_PERIOD', 604800 );

$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
