"""Where the bus and the platform are: what is given, else the environment, else the platform that runs here."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_URL = "amqp://guest:guest@localhost:5672/"
DEFAULT_EXCHANGE = "bloodbank.events.v1"
DEFAULT_HTTP_PORT = "8682"


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    """A platform on this machine that is alive, with the addresses that it listens at."""

    pid: int
    amqp: str
    http: str


def bus_urls(url: str | None = None) -> tuple[str, ...]:
    """The broker's addresses: the argument, `RABBITMQ_URL`, the platform that runs here, RabbitMQ's default.

    Several nodes of a cluster have commas between them.
    """
    if given := url or os.environ.get("RABBITMQ_URL"):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    platform = running_platform()
    return (platform.amqp if platform else DEFAULT_URL,)


def bus_url(url: str | None = None) -> str:
    """The first of `bus_urls`: for clients that take one address."""
    return bus_urls(url)[0]


def exchange_name(exchange: str | None = None) -> str:
    """The events exchange: the argument, `BLOODBANK_EXCHANGE`, `bloodbank.events.v1`."""
    return exchange or os.environ.get("BLOODBANK_EXCHANGE") or DEFAULT_EXCHANGE


def exchange_type() -> str:
    """The events exchange's type: `BLOODBANK_EXCHANGE_TYPE`, `topic`."""
    return os.environ.get("BLOODBANK_EXCHANGE_TYPE") or "topic"


def platform_url(url: str | None = None) -> str:
    """The HTTP API's address: the argument, `BLOODBANK_HOST` and `BLOODBANK_HTTP_PORT`, the platform that runs here."""
    if url:
        return url.rstrip("/")
    host = os.environ.get("BLOODBANK_HOST")
    port = os.environ.get("BLOODBANK_HTTP_PORT")
    if host is None and port is None and (platform := running_platform()):
        return platform.http.rstrip("/")
    return f"http://{host or '127.0.0.1'}:{port or DEFAULT_HTTP_PORT}"


def running_platform(data_dir: str | os.PathLike[str] | None = None) -> RunningPlatform | None:
    """What `<data directory>/platform.json` names, as long as the process that wrote it lives."""
    folder = Path(data_dir or os.environ.get("BLOODBANK_DATA_DIR") or ".bloodbank")
    try:
        content = json.loads((folder / "platform.json").read_text(encoding="utf-8"))
        platform = RunningPlatform(pid=content["pid"], amqp=content["amqp"], http=content["http"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # Absent, unreadable and broken are the same: nothing is known.
    if not isinstance(platform.pid, int) or not _alive(platform.pid):
        return None
    return platform


def without_password(url: str) -> str:
    """An address that may be shown and logged."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


if sys.platform == "win32":

    def _alive(pid: int) -> bool:
        # There is no signal 0 on Windows: os.kill would end the process.
        import ctypes

        synchronize = 0x0010_0000
        handle = ctypes.windll.kernel32.OpenProcess(synchronize, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)

else:

    def _alive(pid: int) -> bool:
        if pid <= 0:
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True  # Not being allowed to ask means that it is there.
        return True
