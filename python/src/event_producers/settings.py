"""Where the bus and the platform are: what is given, else the environment, else the platform that runs here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
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
    """The HTTP API's address, as `bb` finds it: the argument, `BLOODBANK_HTTP_PORT`, the platform that runs here, the
    default port. `BLOODBANK_HOST` is the host of a port that was found otherwise than by a running platform.
    """
    if url:
        return url.rstrip("/")
    platform = running_platform()
    port = os.environ.get("BLOODBANK_HTTP_PORT", "").strip()
    # 0 is any free port: only the platform knows which one it became.
    asked = port.strip("0") != ""
    # It knows its scheme and host too, where it is the one that was asked for.
    if platform and (not asked or platform.http.rstrip("/").endswith(f":{port}")):
        return platform.http.rstrip("/")
    return f"http://{_host()}:{port if asked else DEFAULT_HTTP_PORT}"


def platform_token(token: str | None = None) -> str | None:
    """What a platform that asks for a token is given: the argument, `BLOODBANK_TOKEN`."""
    return token or os.environ.get("BLOODBANK_TOKEN", "").strip() or None


def running_platform() -> RunningPlatform | None:
    """What `<data directory>/platform.json` names, as long as the process that wrote it lives."""
    for folder in _data_directories():
        try:
            content = json.loads((folder / "platform.json").read_text(encoding="utf-8"))
            platform = RunningPlatform(pid=content["pid"], amqp=content["amqp"], http=content["http"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # Absent, unreadable and broken are the same: nothing is known.
        if isinstance(platform.pid, int) and _alive(platform.pid):
            return platform
    return None


def _data_directories() -> Iterator[Path]:
    """`BLOODBANK_DATA_DIR`; without it `.bloodbank` here and in every folder above, as git looks for its own."""
    if named := os.environ.get("BLOODBANK_DATA_DIR"):
        yield Path(named)
        return
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder / ".bloodbank"


def _host() -> str:
    """An address that means all of a machine is spoken to on loopback."""
    host = os.environ.get("BLOODBANK_HOST", "").strip() or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"[{host}]" if ":" in host else host


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
