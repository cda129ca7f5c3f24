#!/usr/bin/env python3
"""Records docs/images/*.svg from the real program in a real terminal.

    cargo build && docs/images/record.py target/debug/jkocr

A server, an sshd in front of it and a home folder of their own are started on this machine, `jkocr` runs in tmux, and
what tmux shows is drawn. Needs tmux, sshd, and the models (fetched into target/tmp/home). Ports 8080, 50000 and 8081
have to be free.

`deploy` is recorded against a VPS: `JKOCR=target/debug/jkocr tests/vps/run.sh 12 record`.
"""

import base64
import contextlib
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unicodedata
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs/images"
COLUMNS, ROWS = 108, 12
CELL, LINE, SIZE = 8.43, 19, 14
COLORS = ["#3b4252", "#ff6b6b", "#8fd694", "#f2cc60", "#79b8ff", "#d2a8ff", "#76e3ea", "#d8dee9"]
FOREGROUND, BACKGROUND = "#d8dee9", "#1c2128"


class Machine:
    """The user's machine and the server in one: a folder, an sshd, `jkocr serve`, a terminal."""

    def __init__(self, program, folder):
        self.folder, self.bin = folder, folder / "bin"
        self.environment = {"JKOCR_HOME": folder / "home", "JKOCR_OFFLINE": "1"}
        self.bin.mkdir()
        self.program = pathlib.Path(shutil.copy(program, self.bin))
        self.ended = contextlib.ExitStack()
        self.server = None
        for key in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key)
        self.write("authorized_keys", (folder / "user.pub").read_text())
        self.write("known_hosts", "jk-ocr-vps " + (folder / "host.pub").read_text())
        self.write("sshd_config", f"Port 2222\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
                   f"AuthorizedKeysFile {folder}/authorized_keys\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
                   f"SetEnv PATH={self.bin}:{os.environ['PATH']}\n")
        self.write("ssh_config", f"Host jk-ocr-vps\nHostName 127.0.0.1\nPort 2222\nHostKeyAlias jk-ocr-vps\n"
                   f"IdentityFile {folder}/user\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known_hosts\n")
        self.write("bin/ssh", f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n').chmod(0o755)
        self.write("home/config.toml", f"[tunnel]\nhost = 'jk-ocr-vps'\nremote = '127.0.0.1:8081'\n")
        for part in ("models", "runtime"):
            (folder / "home" / part).symlink_to(ROOT / "target/tmp/home" / part)
        os.makedirs("/run/sshd", exist_ok=True)
        self.start("/usr/sbin/sshd", "-D", "-f", folder / "sshd_config")

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    def start(self, *command, **environment):
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([str(word) for word in command], stdin=quiet, stdout=quiet, stderr=quiet,
                                   env=os.environ | environment)
        self.ended.callback(lambda: (process.kill(), process.wait()))
        return process

    def serve(self):
        home = str(ROOT / "target/tmp/home")
        self.server = self.start(self.program, "serve", "--port", "8081", "--models", "v5-mobile", JKOCR_HOME=home)
        wait("the server answers", lambda: answers("http://127.0.0.1:8081/healthz"))

    def stop_serving(self):
        self.server.kill()
        self.server.wait()


class BesideVps:
    """The user's machine of tests/vps, whose ssh knows `vps`."""

    def __init__(self, program, folder):
        self.bin, self.environment = folder / "bin", {"HOME": os.environ["HOME"]}
        self.bin.mkdir()
        # A link: programs for servers may have come with it.
        (self.bin / "jkocr").symlink_to(program)


class Terminal:
    """A tmux of its own, and the frames it has shown: text with escape sequences, and when."""

    def __init__(self, machine, language, rows=ROWS):
        self.socket = f"jkocr-record-{os.getpid()}-{language}"
        self.frames = []
        environment = {"PS1": "$ ", "TERM": "screen-256color", "LANG": "C.UTF-8", "JKOCR_LANGUAGE": language,
                       "PATH": f"{machine.bin}:{os.environ['PATH']}"} | machine.environment
        shell = ["env", *(f"{name}={value}" for name, value in environment.items()), "bash", "--norc", "--noprofile"]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", COLUMNS, "-y", rows, *shell)
        self.tmux("set", "status", "off")
        self.until("a prompt", lambda text: text.strip() == "$")

    def tmux(self, *words):
        return run("tmux", "-L", self.socket, "-u", *words)

    def type(self, text, key="Enter"):
        self.tmux("send-keys", "-l", text)
        self.look()
        self.tmux("send-keys", key)

    def press(self, key):
        self.tmux("send-keys", key)

    def look(self):
        screen = self.tmux("capture-pane", "-e", "-p")
        if not self.frames or self.frames[-1][0] != screen:
            self.frames.append((screen, time.monotonic()))
        return re.sub("\x1b\\[[0-9;]*m", "", screen)

    def until(self, what, seen, patience=60):
        try:
            wait(what, lambda: seen(self.look()), patience)
        except TimeoutError:
            sys.exit(f"in vain: {what}\n{self.look()}")

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.1)

    def close(self):
        self.tmux("kill-server")


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def wait(what, condition, patience=60):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


def answers(url, body=None):
    try:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status == 200
    except OSError:
        return False


def screenshot():
    """Asks as Bob does."""
    image = base64.b64encode((ROOT / "tests/data/article_mixed.png").read_bytes()).decode()
    body = {"file": image, "fileType": 1, "visualize": False, "textRecScoreThresh": 0, "useDocOrientationClassify": False,
            "useDocUnwarping": False, "useTextlineOrientation": False}
    assert answers("http://127.0.0.1:8080/ocr", json.dumps(body).encode())


def drawn(screen):
    """The text elements of a screen."""
    elements, style = [], {}
    for row, line in enumerate(screen.rstrip("\n").split("\n")):
        column = 0
        for part in re.split("(\x1b\\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                style = styled(style, [int(code or 0) for code in part[2:-1].split(";")])
                continue
            for run_ in re.findall(r"[\u2e80-\uffee]+|[^\u2e80-\uffee]+", part):
                width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in run_)
                if run_.strip():
                    x, y = 14 + column * CELL, 40 + (row + 1) * LINE
                    # Fonts make these a little narrower than two cells.
                    size = ' font-size="16"' if unicodedata.east_asian_width(run_[0]) in "WF" else ""
                    extra = size + "".join(f' {name}="{value}"' for name, value in style.items())
                    elements.append(f'<text x="{x:.1f}" y="{y}" textLength="{width * CELL:.1f}"{extra}>{html.escape(run_)}</text>')
                column += width
    return "\n".join(elements)


def styled(style, codes):
    style = dict(style)
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code == 1:
            style["font-weight"] = "bold"
        elif code == 2:
            style["opacity"] = "0.6"
        elif code == 39:
            style.pop("fill", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["fill"] = COLORS[code % 10]
        elif code == 38 and codes[:1] == [5]:
            style["fill"] = COLORS[codes[1] % 8]
            codes = codes[2:]
    return style


def save(name, title, frames, shown, rows):
    """Writes frames `(screen, seconds)` as one picture that plays; without animation it is the frame `shown`."""
    width, height = 28 + COLUMNS * CELL, 56 + rows * LINE
    total = sum(seconds for _, seconds in frames)
    groups, begin = [], 0
    for index, (screen, seconds) in enumerate(frames):
        end = begin + seconds
        times = [(0, "hidden"), (begin / total, "visible"), (end / total, "hidden")] if begin else \
            [(0, "visible"), (end / total, "hidden")]
        times = [(at, value) for at, value in times if at < 1]
        animation = "" if len(frames) == 1 else (
            f'<animate attributeName="visibility" dur="{total:.1f}s" repeatCount="indefinite" calcMode="discrete" '
            f'keyTimes="{";".join(f"{at:.4f}" for at, _ in times)}" values="{";".join(value for _, value in times)}"/>')
        visibility = "visible" if index == shown % len(frames) else "hidden"
        groups.append(f'<g visibility="{visibility}">{animation}\n{drawn(screen)}\n</g>')
        begin = end
    buttons = "".join(f'<circle cx="{18 + 18 * i}" cy="18" r="5.5" fill="{color}"/>'
                      for i, color in enumerate(["#ff5f57", "#febc2e", "#28c840"]))
    svg = f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">
<title>{html.escape(title)}</title>
<style>text {{ white-space: pre }}</style>
<rect width="100%" height="100%" rx="9" fill="{BACKGROUND}"/>
{buttons}
<g font-family="SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'PingFang SC', 'Noto Sans CJK SC', monospace"
 font-size="{SIZE}" fill="{FOREGROUND}" xml:space="preserve">
{chr(10).join(groups)}
</g>
</svg>
'''
    (IMAGES / name).write_text(svg)
    print(f"{name}: {len(frames)} frames, {total:.0f} s, {len(svg) // 1024} KiB")


def paced(frames, longest):
    """How long each frame is shown: as it was, but nobody wants to wait."""
    times = [at for _, at in frames] + [frames[-1][1] + longest]
    return [(screen, min(max(after - at, 0.15), longest)) for (screen, at), after in zip(frames, times[1:])]


def thinned(frames):
    """Every new line, and of what moves while one waits a frame every five seconds."""
    def lines(screen):
        return len(screen.rstrip("\n").split("\n"))

    kept = frames[:1]
    for screen, at in frames[1:-1]:
        if lines(screen) != lines(kept[-1][0]) or at - kept[-1][1] > 5:
            kept.append((screen, at))
    return [*kept, frames[-1]]


def record_up(machine, language, name, title, words):
    terminal = Terminal(machine, language)
    try:
        terminal.rest(0.5)
        terminal.type("jkocr up")
        terminal.until("connected", lambda text: words["up"] in text)
        terminal.rest(2)
        for _ in range(2):
            screenshot()
            terminal.rest(1.5)
        machine.stop_serving()
        terminal.until("the fault", lambda text: words["down"] in text)
        terminal.rest(2)
        screenshot()
        terminal.rest(3)
        shown = len(terminal.frames) - 1
        machine.serve()
        terminal.until("connected again", lambda text: text.rstrip().split("\n")[-1].find(words["up"]) >= 0)
        terminal.rest(3)
        terminal.press("C-c")
        terminal.rest(1)
        save(name, title, paced(terminal.frames, 2.5), shown, ROWS)
    finally:
        terminal.close()


def record_doctor(machine, language, name, title):
    terminal = Terminal(machine, language, rows=60)
    try:
        terminal.type("jkocr up --detach; clear")
        terminal.until("an empty screen", lambda text: text.strip() == "$")
        state = f'JKOCR_HOME={machine.folder}/home {machine.program} status --json || true'
        wait("the fault", lambda: json.loads(run("sh", "-c", state)).get("state") == "backoff")
        terminal.type("jkocr doctor")
        terminal.until("the end", lambda text: text.rstrip().endswith("\n$"))
        lines = terminal.frames[-1][0].rstrip("\n").split("\n")[:-1]
        save(name, title, [("\n".join(lines), 1)], 0, len(lines))
        terminal.type("jkocr down; clear")
        terminal.until("the end", lambda text: text.strip() == "$")
    finally:
        terminal.close()


def record_deploy(machine, language, name, title, words):
    terminal = Terminal(machine, language, rows=30)
    try:
        terminal.rest(0.5)
        terminal.type("jkocr deploy root@vps")
        terminal.until("the plan", lambda text: words["ask"] in text)
        terminal.rest(3)
        terminal.type("y")
        terminal.until("the end", lambda text: words["next"] in text and text.rstrip().endswith("\n$"), patience=1800)
        terminal.rest(3)
        rows = len(terminal.frames[-1][0].rstrip("\n").split("\n"))
        save(name, title, paced(thinned(terminal.frames), 2.5), -1, rows)
        terminal.type("jkocr deploy root@vps --remove --yes; rm -r ~/.config/jkocr; clear")
        terminal.until("the end", lambda text: text.strip() == "$", patience=1800)
    finally:
        terminal.close()


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    what = sys.argv[2:] or ["up", "doctor"]
    with contextlib.ExitStack() as stack:
        # A short name: it can be seen in the pictures.
        folder = pathlib.Path("/tmp/jkocr")
        folder.mkdir(mode=0o700)
        stack.callback(shutil.rmtree, folder)
        if what == ["deploy"]:
            vps = BesideVps(program, folder)
            record_deploy(vps, "en", "deploy.svg", "jkocr deploy in a terminal", {"ask": "Go ahead?", "next": "Next:"})
            record_deploy(vps, "zh", "deploy.zh-CN.svg", "终端里的 jkocr deploy", {"ask": "开始吗？", "next": "下一步"})
            return
        machine = Machine(program, folder)
        with machine.ended:
            machine.serve()
            if "up" in what:
                record_up(machine, "en", "up.svg", "jkocr up in a terminal", {"up": "connected: ", "down": "nothing listens"})
                record_up(machine, "zh", "up.zh-CN.svg", "终端里的 jkocr up", {"up": "已连接 ", "down": "没有服务在监听"})
            if "doctor" in what:
                machine.stop_serving()
                record_doctor(machine, "en", "doctor.svg", "jkocr doctor in a terminal")
                record_doctor(machine, "zh", "doctor.zh-CN.svg", "终端里的 jkocr doctor")


main()
