<?php
// php-amqplib: durable work with confirms, a transaction, a queue with a length limit, quality of service, returned messages.
require_once '/usr/share/php/PhpAmqpLib/autoload.php';

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

const TIMEOUT_S = 10;

function expect(mixed $expected, mixed $actual, string $what): void
{
    if ($expected !== $actual) {
        throw new Exception("$what: " . json_encode($actual) . ' instead of ' . json_encode($expected));
    }
}

$url = parse_url(getenv('AMQP_URL'));
$connection = new AMQPStreamConnection($url['host'], $url['port'], $url['user'] ?? 'guest', $url['pass'] ?? 'guest');
$channel = $connection->channel();

$channel->queue_declare('php-work', false, true, false, false);
$confirmed = 0;
$returned = [];
$channel->set_ack_handler(function () use (&$confirmed) { $confirmed++; });
$channel->set_return_listener(function ($code, $text, $exchange, $key) use (&$returned) { $returned[] = [$code, $key]; });
$channel->confirm_select();
for ($i = 0; $i < 50; $i++) {
    $channel->basic_publish(new AMQPMessage("$i", ['delivery_mode' => 2, 'content_type' => 'text/plain']), '', 'php-work');
}
$channel->basic_publish(new AMQPMessage('lost'), '', 'php-nowhere', true);
$channel->wait_for_pending_acks_returns(TIMEOUT_S);
expect([[312, 'php-nowhere']], $returned, 'returned');

$received = [];
$channel->basic_qos(0, 10, false);
$channel->basic_consume('php-work', '', false, false, false, false, function (AMQPMessage $message) use (&$received) {
    $received[] = $message->body;
    $message->ack();
});
while (count($received) < 50) {
    $channel->wait(null, false, TIMEOUT_S);
}
expect(array_map('strval', range(0, 49)), $received, 'received');

$other = $connection->channel();
$other->tx_select();
$other->basic_publish(new AMQPMessage('rolled back'), '', 'php-short');
$other->tx_rollback();
[$short] = $other->queue_declare('php-short', false, false, true, true, false, new AMQPTable(['x-max-length' => 2]));
foreach (['1', '2', '3'] as $body) {
    $other->basic_publish(new AMQPMessage($body), '', $short);
}
$other->tx_commit();
expect('2', $other->basic_get($short, true)->body, 'first of the last two');
expect('3', $other->basic_get($short, true)->body, 'last');
expect(null, $other->basic_get($short, true), 'nothing');

$channel->queue_delete('php-work');
$connection->close();
echo "php-amqplib is content\n";
