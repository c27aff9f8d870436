"""Starts a worker as its users do (with mingle, gossip, heartbeats and events), gives it work, and checks the results."""
import subprocess
import sys
import time

from celery import chain, group

from shop import add, app, breaks, fails_twice, total

TIMEOUT_S = 30

worker = subprocess.Popen(
    [sys.executable, '-m', 'celery', '-A', 'shop', 'worker', '-E', '--pool', 'solo', '--loglevel', 'WARNING'],
    stdout=subprocess.DEVNULL,
)
try:
    deadline = time.monotonic() + TIMEOUT_S
    while not app.control.ping(timeout=0.5):
        assert time.monotonic() < deadline, 'the worker does not answer'

    assert add.delay(2, 3).get(timeout=TIMEOUT_S) == 5
    assert chain(add.s(1, 1), add.s(10), add.s(100))().get(timeout=TIMEOUT_S) == 112
    assert group(add.s(i, i) for i in range(20))().get(timeout=TIMEOUT_S) == [2 * i for i in range(20)]
    assert fails_twice.delay().get(timeout=TIMEOUT_S) == 2
    started = time.monotonic()
    assert add.apply_async((1, 2), countdown=1, priority=9).get(timeout=TIMEOUT_S) == 3
    assert time.monotonic() - started >= 1
    assert total.delay(list(range(1000))).get(timeout=TIMEOUT_S) == 499500
    try:
        breaks.delay().get(timeout=TIMEOUT_S)
        raise AssertionError('the exception did not come back')
    except ValueError as error:
        assert str(error) == 'broken'

    (queues,) = app.control.inspect().active_queues().values()
    assert [queue['name'] for queue in queues] == ['celery'], queues
    app.control.shutdown()
    assert worker.wait(TIMEOUT_S) == 0
finally:
    worker.kill()
print('celery is content')
