# Ruby's Bunny: confirms, a consumer with manual acknowledgements, dead letters after a time, direct reply-to, a headers exchange.
require 'bunny'
require 'timeout'

connection = Bunny.new(ENV.fetch('AMQP_URL'), automatically_recover: false).start
channel = connection.create_channel
channel.confirm_select
channel.prefetch(5)

Timeout.timeout(20) do
  queue = channel.queue('bunny-work', durable: true)
  100.times { |i| queue.publish(i.to_s, persistent: true, message_id: i.to_s) }
  raise 'not confirmed' unless channel.wait_for_confirms

  done = Queue.new
  consumer = queue.subscribe(manual_ack: true) do |delivery, properties, body|
    channel.ack(delivery.delivery_tag)
    done << [properties.message_id, body]
  end
  received = Array.new(100) { done.pop }
  raise received.inspect unless received == (0...100).map { |i| [i.to_s, i.to_s] }
  consumer.cancel
  queue.delete

  late = channel.queue('', exclusive: true)
  arguments = { 'x-message-ttl' => 100, 'x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => late.name }
  waiting = channel.queue('', exclusive: true, arguments: arguments)
  waiting.publish('later', headers: { 'n' => 1 })
  late.subscribe { |_, properties, body| done << [body, properties.headers['n'], properties.headers['x-death'][0]['reason']] }
  raise 'no dead letter' unless done.pop == ['later', 1, 'expired']

  server = connection.create_channel
  requests = server.queue('', exclusive: true)
  requests.subscribe do |_, properties, body|
    server.default_exchange.publish(body.upcase, routing_key: properties.reply_to, correlation_id: properties.correlation_id)
  end
  channel.basic_consume('amq.rabbitmq.reply-to', '', true) { |_, properties, body| done << [properties.correlation_id, body] }
  channel.default_exchange.publish('question', routing_key: requests.name, reply_to: 'amq.rabbitmq.reply-to', correlation_id: '7')
  raise 'no reply' unless done.pop == %w[7 QUESTION]

  headers = channel.headers('bunny-headers', auto_delete: true)
  matched = channel.queue('', exclusive: true).bind(headers, arguments: { 'x-match' => 'all', 'os' => 'linux', 'cores' => 8 })
  headers.publish('yes', headers: { 'os' => 'linux', 'cores' => 8 })
  headers.publish('no', headers: { 'os' => 'linux', 'cores' => 4 })
  raise 'headers' unless matched.pop[2] == 'yes' && matched.pop[2].nil?
end
connection.close
puts 'bunny is content'
