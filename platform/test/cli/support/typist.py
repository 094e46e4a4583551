"""Runs a command on a terminal and types the answers, each when the next question stands there.

    typist.py '["an answer", …]' command…

What the command writes to standard output and error goes to ours; its exit code is ours.
"""

import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios

answers = json.loads(sys.argv[1])
process, terminal = pty.fork()
if process == 0:
    # Rows and columns; without them every letter has a line of its own.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])

seen = ""
asked = 0
while True:
    try:
        chunk = os.read(terminal, 4096).decode(errors="replace")
    except OSError:  # The other end is closed.
        break
    if not chunk:
        break
    seen += chunk
    sys.stdout.write(chunk)
    # A question is drawn with a filled diamond until it is answered.
    questions = set(re.findall(r"◆[^\n]*?([A-Z][^\n\r?]*\?)", seen))
    while asked < min(len(questions), len(answers)):
        os.write(terminal, (answers[asked] + "\r").encode())
        asked += 1
sys.stdout.flush()
_, status = os.waitpid(process, 0)
sys.exit(os.waitstatus_to_exitcode(status))
