#!/usr/bin/env python3
"""Runs a command at a terminal, and types ANSWER whenever the screen ends with PROMPT: typed.py PROMPT ANSWER COMMAND…

Its status is that of the command; what the terminal shows is written to standard output.
"""

import os
import pty
import select
import sys
import time

PATIENCE = 600

prompt, answer, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown, end = b"", time.monotonic() + PATIENCE
while time.monotonic() < end:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        data = os.read(terminal, 4096)
    except OSError:
        # The last one at the terminal has left.
        data = b""
    if not data:
        break
    os.write(1, data)
    shown += data
    if shown.endswith(prompt):
        os.write(terminal, answer + b"\n")
        shown = b""
else:
    os.kill(child, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
