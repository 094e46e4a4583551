"""How the platform starts the service: in a virtual environment of its own, made when it is missing or out of date.

Where this Python has what requirements.txt asks for already, it is used as it is.
"""

import importlib.util
import os
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

HOME = Path(__file__).resolve().parent
REQUIREMENTS = HOME / "requirements.txt"
FOLDER = HOME / ".venv"
STAMP = FOLDER / "installed"


def python() -> str:
    if all(importlib.util.find_spec(name) for name in ("event_producers", "faststream", "holyfields")):
        return sys.executable
    wanted = sha256(REQUIREMENTS.read_bytes()).hexdigest()
    inside = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not STAMP.exists() or STAMP.read_text() != wanted:
        print("installing what requirements.txt asks for into .venv", flush=True)
        venv.create(FOLDER, clear=True, with_pip=True)
        pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(REQUIREMENTS)], cwd=HOME, check=True)
        STAMP.write_text(wanted)
    return str(inside)


if __name__ == "__main__":
    os.chdir(HOME)
    found = python()
    os.execv(found, [found, "-m", "src.consumer"])
