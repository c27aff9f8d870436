"""kombu without Celery: a simple queue, a consumer that rejects into a dead-letter queue, priorities, a pool of producers."""
import os
import socket

from kombu import Connection, Consumer, Exchange, Queue
from kombu.pools import producers

TIMEOUT_S = 10

with Connection(os.environ['AMQP_URL']) as connection:
    simple = connection.SimpleQueue('kombu-simple')
    simple.put({'hello': 'world'}, compression='zlib')
    message = simple.get(block=True, timeout=TIMEOUT_S)
    assert message.payload == {'hello': 'world'}
    message.ack()
    simple.close()
    connection.default_channel.queue_delete('kombu-simple')

    dead = Queue('kombu-dead', Exchange('kombu-dead', 'fanout'), durable=True)
    jobs = Exchange('kombu-jobs', 'topic', durable=True)
    work = Queue('kombu-work', jobs, 'job.#', max_priority=9, max_length=100,
                 queue_arguments={'x-dead-letter-exchange': 'kombu-dead'})
    for entity in (dead, work):
        entity(connection.default_channel).declare()
    with producers[connection].acquire(block=True, timeout=TIMEOUT_S) as producer:
        for priority in (1, 9, 5):
            producer.publish({'priority': priority}, exchange=jobs, routing_key=f'job.{priority}', priority=priority,
                             retry=True, retry_policy={'max_retries': 3})

    seen = []

    def on_work(body, message):
        seen.append(body['priority'])
        message.ack() if body['priority'] != 5 else message.reject()

    def on_dead(body, message):
        (death,) = message.headers['x-death']
        seen.append((death['reason'], death['queue'], death['routing-keys'], body['priority']))
        message.ack()

    channel = connection.channel()
    with Consumer(channel, [work], callbacks=[on_work], prefetch_count=1), Consumer(channel, [dead], callbacks=[on_dead]):
        while len(seen) < 4:
            try:
                connection.drain_events(timeout=TIMEOUT_S)
            except socket.timeout as error:
                raise AssertionError(seen) from error
    assert seen == [9, 5, 1, ('rejected', 'kombu-work', ['job.5'], 5)] or seen == [
        9, 5, ('rejected', 'kombu-work', ['job.5'], 5), 1], seen
    for name in ('kombu-dead', 'kombu-work'):
        connection.default_channel.queue_delete(name)
    for name in ('kombu-dead', 'kombu-jobs'):
        connection.default_channel.exchange_delete(name)
print('kombu is content')
