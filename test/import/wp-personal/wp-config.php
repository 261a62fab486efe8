<?php
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'outlook' );
define( 'WPMS_OUTLOOK_CLIENT_ID', 'fedcba98-7654-3210-8fed-cba987654321' );
define( 'WPMS_OUTLOOK_CLIENT_SECRET', 'hunter2-outlook' );
define( 'WPMS_MAIL_FROM', 'someone@outlook.com' );
