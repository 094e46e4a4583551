"""A FastStream program as a service of the platform: it says how it is, and ends with the one who started it.

    broker = service_broker()
    app = supervised(FastStream(broker), "my-service")

    starting: waits for the broker ─▶ connected ⇄ disconnected ─ SIGTERM, SIGINT, supervisor gone ─▶ draining ─▶ gone

A supervisor (`bb up`) starts it with a channel, Node's IPC: lines of JSON on the file that NODE_CHANNEL_FD names. Alone,
as `faststream run src.consumer:app`, nothing of this is needed and nothing is different.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

from faststream import FastStream
from faststream.rabbit import RabbitBroker

from .errors import BloodbankError
from .events import Source, TriggerType, create_envelope
from .faststream import EventMiddleware
from .json_text import json_text
from .link import refuse_other
from .rabbit import Published, Publisher
from .settings import bus_url

BAD_CONFIGURATION = 78
"""`EX_CONFIG` of sysexits.h: starting it again as it is would not help."""
_DRAIN_SECONDS = 10.0
_PROBE_SECONDS = 2.0


def service_broker(url: str | None = None, **options: Any) -> RabbitBroker:
    """A broker for a service: it waits for the bus however long that takes, comes back to it, checks each event that
    arrives, names causes, and finishes the handlers at work before it ends.

    `url` is RABBITMQ_URL by default, else the platform that runs here. A wrong address ends the process with 78.
    """
    address = bus_url(url)
    try:
        refuse_other(address)
    except BloodbankError as error:
        _end_for("RABBITMQ_URL", str(error))
    logger = logging.getLogger("event_producers.consumer")
    # Not a line for each event that came and went; those that failed are told.
    logger.setLevel(logging.WARNING)
    settings: dict[str, Any] = {
        "logger": logger,
        "middlewares": [EventMiddleware],
        "graceful_timeout": _DRAIN_SECONDS,
        "fail_fast": False,
        "reconnect_interval": 1.0,
        **options,
    }
    return RabbitBroker(address, **settings)


Publish = Callable[[str, Mapping[str, Any]], Awaitable[Published]]
"""Takes an event type and a payload; returns when the event is confirmed."""


def service_publisher(app: FastStream, name: str) -> Publish:
    """Publishes as the service: it connects with the first event, and is closed when the handlers are done."""
    publisher = Publisher(connection_name=name)
    source = Source(host=socket.gethostname(), type=TriggerType.SYSTEM, app=name)
    app.after_shutdown(publisher.close)

    async def publish(event_type: str, payload: Mapping[str, Any]) -> Published:
        await publisher.start()
        return await publisher.publish(event_type, create_envelope(event_type, payload, source))

    return publish


def supervised(app: FastStream, name: str) -> FastStream:
    """Logs in JSON lines, and tells the supervisor, where there is one, each change of the connection."""
    log_as_json(name)
    supervisor = _Supervisor(app)
    app.on_startup(supervisor.listen)
    app.after_startup(supervisor.watch)
    app.on_shutdown(supervisor.drain)
    return app


def log_as_json(name: str) -> None:
    """One line of JSON an occurrence, as the platform's other services write it.

    `LOG_LEVEL` is the least that is told, `info` by default. What is no level ends the process with 78.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(name))
    named = os.environ.get("LOG_LEVEL", "").strip() or "info"
    level = ({"TRACE": logging.DEBUG} | logging.getLevelNamesMapping()).get(named.upper())
    if level is None:
        _end_for("LOG_LEVEL", f'"{named}" is none of trace, debug, info, warn, error, fatal')
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # FastStream's own has a handler with colours.
    faststream = logging.getLogger("faststream")
    faststream.handlers.clear()
    faststream.propagate = True


def _end_for(variable: str, why: str) -> NoReturn:
    print(f"error: {variable}: {why}", file=sys.stderr)
    sys.exit(BAD_CONFIGURATION)


class _JsonLines(logging.Formatter):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def format(self, record: logging.LogRecord) -> str:
        # pino's levels: 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
        line: dict[str, Any] = {
            "level": record.levelno + 10,
            "time": int(time.time() * 1000),
            "name": self._name,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            line["err"] = self.formatException(record.exc_info)
        return json_text(line)


class _Supervisor:
    """The channel to the process that started this one; without one, nothing is said."""

    def __init__(self, app: FastStream) -> None:
        self._app = app
        descriptor = os.environ.get("NODE_CHANNEL_FD")
        self._channel = socket.socket(fileno=int(descriptor)) if descriptor else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = ""

    async def listen(self) -> None:
        if self._channel is not None:
            self._channel.setblocking(False)
            self._run(self._until_gone(self._channel))

    async def watch(self) -> None:
        await self._tell("connected")
        if self._channel is not None:
            self._run(self._probe())

    async def drain(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._tell("draining")

    def _run(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _until_gone(self, channel: socket.socket) -> None:
        """Answers its pings, by which it sees that this process does not hang; its silence means that it is gone."""
        loop = asyncio.get_running_loop()
        try:
            while heard := await loop.sock_recv(channel, 4096):
                if b'"ping"' in heard:
                    await loop.sock_sendall(channel, b'{"bloodbank":"pong"}\n')
        except OSError:
            pass
        self._channel = None
        self._app.exit()

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            brokers = self._app.brokers
            alive = all([await broker.ping(timeout=_PROBE_SECONDS) for broker in brokers])
            await self._tell("connected" if alive else "disconnected")

    async def _tell(self, state: str) -> None:
        if self._channel is None or state == self._told:
            return
        self._told = state
        line = json.dumps({"bloodbank": "state", "state": state}) + "\n"
        try:
            await asyncio.get_running_loop().sock_sendall(self._channel, line.encode())
        except OSError:
            self._channel = None
