<?php
define('WPMS_ON', true);
define("WPMS_MAILER", "sendgrid");
define("WPMS_SENDGRID_API_KEY", getenv('SENDGRID_API_KEY'));
define( 'WPMS_MAIL_FROM_FORCE', false );
define( 'WPMS_ALERT_TEAMS_WEBHOOK_URL', 'https://prod-01.westeurope.logic.azure.com/workflows/hunter2' );
