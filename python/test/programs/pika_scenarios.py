"""pika's blocking connection, as its users write it."""

import hashlib
import os
import time

import pika
from pika.exceptions import AMQPConnectionError, ChannelWrongStateError, UnroutableError
from scenarios import MIB, interrupted, run, scenario, unique

PERSISTENT = pika.BasicProperties(delivery_mode=2)


def connect() -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))


def queue_of(channel, name: str, **arguments) -> str:
    return channel.queue_declare(unique(name), durable=True, arguments=arguments or None).method.queue


def deliveries(connection, channel, queue: str, prefetch: int, wanted: int):
    """Consumes without an ack until so many different bodies are there, or for 40 seconds."""
    got = []
    channel.basic_qos(prefetch_count=prefetch)
    channel.basic_consume(queue, lambda _, method, properties, body: got.append((method, properties, body)))
    until = time.monotonic() + 40
    while time.monotonic() < until and len({body for *_, body in got}) < wanted:
        connection.process_data_events(time_limit=0.1)
    return got


@scenario
def confirms_and_returns() -> None:
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = queue_of(channel, "confirms")
        channel.basic_publish("", queue, b"routed", PERSISTENT, mandatory=True)
        try:
            channel.basic_publish("", unique("nowhere"), b"lost", PERSISTENT, mandatory=True)
            raise AssertionError("an unroutable message was taken")
        except UnroutableError as error:
            assert error.messages[0].body == b"lost"
            assert error.messages[0].method.reply_code == 312
        channel.basic_publish("", queue, b"routed", PERSISTENT, mandatory=True)
        assert channel.queue_declare(queue, passive=True).method.message_count == 2


@scenario
def prefetch() -> None:
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = queue_of(channel, "prefetch")
        for index in range(20):
            channel.basic_publish("", queue, str(index).encode(), PERSISTENT)
        got = deliveries(connection, channel, queue, prefetch=5, wanted=5)
        connection.sleep(0.3)
        assert [body for *_, body in got] == [b"0", b"1", b"2", b"3", b"4"], got
        for _ in range(400):
            for method, *_ in got[:]:
                channel.basic_ack(method.delivery_tag)
                got.remove(next(one for one in got if one[0] is method))
            connection.process_data_events(time_limit=0.05)
            if not got and channel.queue_declare(queue, passive=True).method.message_count == 0:
                break
        assert channel.queue_declare(queue, passive=True).method.message_count == 0


@scenario
def nack_and_requeue() -> None:
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = queue_of(channel, "nack")
        channel.basic_publish("", queue, b"again", PERSISTENT)
        method, _, body = channel.basic_get(queue)
        assert (body, method.redelivered) == (b"again", False)
        channel.basic_nack(method.delivery_tag, requeue=True)
        [(method, _, body)] = deliveries(connection, channel, queue, prefetch=1, wanted=1)
        assert (body, method.redelivered) == (b"again", True)
        channel.basic_ack(method.delivery_tag)


@scenario
def dead_letters() -> None:
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        dead = queue_of(channel, "dead")
        queue = queue_of(
            channel, "dying", **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
        )
        channel.basic_publish("", queue, b"bad", pika.BasicProperties(delivery_mode=2, message_id="m1"))
        method, _, _ = channel.basic_get(queue)
        channel.basic_reject(method.delivery_tag, requeue=False)
        [(method, properties, body)] = deliveries(connection, channel, dead, prefetch=1, wanted=1)
        death = properties.headers["x-death"][0]
        assert (body, properties.message_id) == (b"bad", "m1")
        assert (death["queue"], death["reason"], death["count"]) == (queue, "rejected", 1), death
        channel.basic_ack(method.delivery_tag)


@scenario
def large_bodies() -> None:
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = queue_of(channel, "large")
        body = os.urandom(16 * MIB)
        channel.basic_publish("", queue, body, PERSISTENT, mandatory=True)
        method, _, got = channel.basic_get(queue, auto_ack=True)
        assert hashlib.sha256(got).digest() == hashlib.sha256(body).digest()


@scenario
def many_channels() -> None:
    with connect() as connection:
        channels = [connection.channel() for _ in range(200)]
        queue = queue_of(channels[0], "channels")
        for index, channel in enumerate(channels):
            channel.confirm_delivery()
            channel.basic_publish("", queue, str(index).encode(), PERSISTENT, mandatory=True)
        got = {channel.basic_get(queue, auto_ack=True)[2] for channel in reversed(channels)}
        assert len(got) == 200
        for channel in channels[::2]:
            channel.close()
        assert channels[1].is_open


@scenario
def cancel_notification() -> None:
    with connect() as connection, connect() as other:
        channel = connection.channel()
        queue = queue_of(channel, "cancelled")
        cancelled = []
        channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
        tag = channel.basic_consume(queue, lambda *_: None)
        other.channel().queue_delete(queue)
        for _ in range(100):
            if cancelled:
                break
            connection.process_data_events(time_limit=0.1)
        assert cancelled == [tag], cancelled
        assert channel.is_open


@scenario
def reconnect() -> None:
    connection = connect()
    channel = connection.channel()
    channel.confirm_delivery()
    queue = queue_of(channel, "reconnect")
    sent, disturbed = 0, False
    while sent < 60:
        try:
            channel.basic_publish("", queue, str(sent).encode(), PERSISTENT, mandatory=True)
            sent += 1
            if sent == 30 and not disturbed:
                disturbed = True
                interrupted("connection")
        except (AMQPConnectionError, ChannelWrongStateError):
            for _ in range(100):
                try:
                    connection = connect()
                    break
                except AMQPConnectionError:
                    time.sleep(0.1)
            channel = connection.channel()
            channel.confirm_delivery()
    bodies = [body for *_, body in deliveries(connection, channel, queue, prefetch=1000, wanted=60)]
    assert list(dict.fromkeys(bodies)) == [str(index).encode() for index in range(60)], bodies
    connection.close()


run()
