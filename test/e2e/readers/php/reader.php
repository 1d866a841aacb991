<?php
// An application that uses the AWS SDK for PHP with its default settings. It calls GetCallerIdentity for each line of input, with
// one client, or with `per-request` as its argument, with a new client for each, as a process of PHP-FPM does.

require __DIR__ . '/target/autoload.php';

use Aws\Sts\StsClient;

// Without warnings about files that the SDK cannot read, which it reports in its exceptions.
error_reporting(E_ERROR);

// Without the warning that this version of PHP will not be supported, which is printed to standard output.
$options = ['suppress_php_deprecation_warning' => true];
// Standard input is a socket if Node.js starts the process, and PHP reads from sockets for 60 seconds only by default.
stream_set_timeout(STDIN, 24 * 60 * 60);
$perRequest = in_array('per-request', $argv, true);
$client = null;
while (fgets(STDIN) !== false) {
    try {
        if ($perRequest || $client === null) {
            $client = new StsClient($options);
        }
        $answer = $client->getCallerIdentity()['Arn'];
    } catch (Throwable $error) {
        $answer = get_class($error) . ': ' . $error->getMessage();
    }
    echo implode(' ', preg_split('/\s+/', $answer)), "\n";
}
