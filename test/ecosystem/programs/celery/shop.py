"""A Celery application with what applications have: results, retries, delays, chains, priorities."""
import os

from celery import Celery

app = Celery('shop', broker=os.environ['AMQP_URL'], backend='rpc://')
app.conf.update(
    task_acks_late=True,
    task_queue_max_priority=10,
    task_default_priority=5,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=5)
def fails_twice(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task
def breaks():
    raise ValueError('broken')
