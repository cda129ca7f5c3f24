#!/usr/bin/env python3
"""Measures `jkocr up` on this machine: what proxy and tunnel add to a request, how fast a broken path is back, and
how much memory it takes. Prints one figure a line.

    benches/tunnel.py target/release/jkocr [HOME [endurance]]

HOME holds `models` and `runtime` as `JKOCR_HOME` does (`JKOCR_HOME=HOME jkocr models pull v5-mobile`); target/tmp/home
by default. Needs python3 and an sshd (openssh-server), which runs with keys and a port of its own. Linux only: memory is
read from /proc. Requests carry an image of one pixel and padding: real bytes move, and no engine hides what they cost.
With `endurance` it measures only what is left of `up` after many requests and many deaths of ssh.
"""

import base64
import concurrent.futures
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOT = json.loads((ROOT / "tests/data/requests/validate.plain.json").read_text())
TEXT = (ROOT / "tests/data/requests/ocr-text-png.plain.json").read_bytes()
KB, MB = 1000, 1000 * 1000
IDLE_UNLOAD = 3
# What is still going on is over after this long, in seconds.
QUIET = 2
# How long the thinking server takes, in seconds: less than OCR.
THINKING = 0.2


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(what, condition, patience=60):
    """Returns the first value of `condition` that is true, and the seconds it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < patience:
        if value := condition():
            return value, time.monotonic() - begun
        time.sleep(0.002)
    sys.exit(f"in vain: {what}")


class Sshd:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized_keys")
        (folder / "known_hosts").write_text(f"bench {(folder / 'host.pub').read_text()}")
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
            "PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
        )
        self.start()

    def start(self):
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-D", "-f", self.folder / "sshd_config"])
        wait_for("sshd listens", self.listens)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        sessions = descendants(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def tunnel(self):
        options = [
            f"Port={self.port}", "HostKeyAlias=bench", f"IdentityFile={self.folder}/user", "IdentitiesOnly=yes",
            "IdentityAgent=none", f"UserKnownHostsFile={self.folder}/known_hosts", "GlobalKnownHostsFile=/dev/null",
        ]
        return f"host = '127.0.0.1'\nssh_options = {json.dumps(options)}\n"


def descendants(pid):
    found = [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [further for child in found for further in descendants(child)]


class Program:
    """`jkocr VERB` with a home of its own."""

    def __init__(self, binary, folder, models, arguments, config=""):
        folder.mkdir()
        for name in ("models", "runtime"):
            (folder / name).symlink_to(models / name)
        (folder / "config.toml").write_text(config)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JKOCR_")}
        environment |= {"JKOCR_HOME": str(folder), "JKOCR_OFFLINE": "1"}
        self.folder, self.log = folder, open(folder / "log", "wb")
        self.process = subprocess.Popen([binary, *arguments], env=environment, stderr=self.log, stdout=self.log)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def status(self):
        with socket.socket(socket.AF_UNIX) as control:
            if control.connect_ex(str(self.folder / "state/control.sock")) != 0:
                return {}
            control.sendall(b'{"command":"status"}\n')
            return json.loads(control.makefile().readline() or "{}")

    def is_up(self):
        return self.status().get("state") == "up"

    def ssh(self):
        return descendants(self.process.pid)

    def memory(self):
        """Resident set in MB, and whether ONNX Runtime is mapped."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        kilobytes = int(status.split("VmRSS:")[1].split()[0])
        maps = pathlib.Path(f"/proc/{self.process.pid}/maps").read_text()
        return f"{kilobytes / 1024:6.1f} MiB   ONNX Runtime mapped: {'yes' if 'onnxruntime' in maps else 'no'}"


class Bob:
    """A client with one kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)

    def ask(self, body):
        begun = time.perf_counter()
        self.connection.request("POST", "/ocr", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - begun
        if answer.status != 200 or json.loads(text)["errorCode"] != 0:
            sys.exit(f"no answer: {answer.status} {text[:200]}")
        return took, answer.getheader("X-Jkocr-Backend")


def body(size):
    """Bob's request for an image of `size` bytes."""
    padding = base64.b64encode(os.urandom(size)).decode()
    return json.dumps(DOT | {"padding": padding}).encode()


def percentiles(seconds):
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] * 1000


class Thinker(http.server.BaseHTTPRequestHandler):
    """An OCR server that takes as long for each image, and says which one it was."""

    protocol_version = "HTTP/1.1"
    # As real servers do: no small segment waits for the ones before it.
    disable_nagle_algorithm = True
    wbufsize = -1
    thinking = THINKING

    def do_GET(self):
        self.say(b'{"status":"ok"}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.thinking)
        self.say(json.dumps({"errorCode": 0, "read": hashlib.sha256(body).hexdigest()}).encode())

    def say(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def log_message(self, *_):
        pass


def think(thinking=THINKING):
    handler = type("Handler", (Thinker,), {"thinking": thinking})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # A connection that was cut is what some of this is about.
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def overhead(direct, through, name, size, rounds):
    request = body(size)
    times = {"direct": [], "through up": []}
    for bob in (direct, through):
        bob.ask(request)
    for _ in range(rounds):
        for key, bob in (("direct", direct), ("through up", through)):
            took, backend = bob.ask(request)
            times[key].append(took)
            assert key == "direct" or backend == "remote", backend
    figures = {key: percentiles(took) for key, took in times.items()}
    for key, (half, most) in figures.items():
        print(f"{name}, {key:10}: p50 {half:7.2f} ms   p95 {most:7.2f} ms   ({rounds} requests)")
    added = [figures["through up"][part] - figures["direct"][part] for part in (0, 1)]
    print(f"{name}, added     : p50 {added[0]:7.2f} ms   p95 {added[1]:7.2f} ms")


def recovery(start, name, break_path, rounds):
    """From breaking the path to a probe that was answered; each time with a new `up`, whose first wait is none."""
    times = []
    for _ in range(rounds):
        up = start()
        wait_for("up", up.is_up)
        before = up.ssh()
        begun = time.monotonic()
        break_path(before)
        wait_for("up again", lambda: up.is_up() and up.ssh() and not set(up.ssh()) & set(before), 120)
        times.append(time.monotonic() - begun)
        up.stop()
    print(f"{name}: median {statistics.median(times) * 1000:8.0f} ms   worst {max(times) * 1000:8.0f} ms   ({rounds}x)")


def endurance(start, stack, requests=1000, deaths=20, askers=3):
    """Requests of 0 to 3 MB, several at a time, while ssh dies again and again; and what is left of them."""
    up = start(think(0), "mode = 'off'\n")
    stack.callback(up.stop)
    wait_for("up", up.is_up)
    files = lambda: len(list(pathlib.Path(f"/proc/{up.process.pid}/fd").iterdir()))
    time.sleep(QUIET)
    before = files()
    print(f"at first: {up.memory()}   {before} files")
    fates, due = [], [requests * (death + 1) // (deaths + 1) for death in range(deaths)]

    def ask(number):
        request = random.randbytes(random.choice((KB, 100 * KB, MB, 3 * MB)))
        try:
            connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=90)
            connection.request("POST", "/ocr", request)
            answer = json.loads(connection.getresponse().read())
            connection.close()
            is_right = answer.get("read") == hashlib.sha256(request).hexdigest()
            fates.append("right" if is_right else "failed" if answer.get("errorCode") else "wrong")
        except ConnectionRefusedError:
            fates.append("refused")
        except OSError as error:
            fates.append(f"cut ({error})")
        if number in due:
            for pid in up.ssh():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    with concurrent.futures.ThreadPoolExecutor(askers) as pool:
        list(pool.map(ask, range(requests)))
    print(f"{requests} requests, {deaths} deaths: {({fate: fates.count(fate) for fate in sorted(set(fates))})}")
    print(f"at last: {up.memory()}   {files()} files")
    _, took = wait_for("no more files than before", lambda: files() <= before, 120)
    print(f"{took:.0f} s later: {up.memory()}   {files()} files")


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    models = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / "target/tmp/home").resolve()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        scratch = pathlib.Path(scratch)
        (scratch / "sshd").mkdir()
        sshd = Sshd(scratch / "sshd")
        stack.callback(sshd.stop)
        remote = free_port()
        arguments = ["serve", "--quiet", "--models", "v5-mobile", "--port", str(remote)]
        serve = Program(binary, scratch / "serve", models, arguments)
        stack.callback(serve.stop)
        homes = iter(range(1000))

        def start(remote=remote, fallback=""):
            port = free_port()
            config = (
                f"listen = ['127.0.0.1:{port}']\n[tunnel]\nremote = '127.0.0.1:{remote}'\n{sshd.tunnel()}"
                f"[fallback]\n{fallback}idle_unload = '{IDLE_UNLOAD}s'\n[ocr]\nmodels = 'v5-mobile'\n"
            )
            up = Program(binary, scratch / f"up{next(homes)}", models, ["up"], config)
            up.port = port
            return up

        if "endurance" in sys.argv[3:]:
            endurance(start, stack)
            return
        up = start()
        stack.callback(lambda: up.process.poll() is None and up.stop())
        wait_for("serve answers", up.is_up)
        wait_for("the models are here", lambda: up.status()["engine"] == "unloaded")
        time.sleep(2)
        print(f"memory of up, idle                   : {up.memory()}")
        direct, through = Bob(remote), Bob(up.port)
        small = body(100 * KB)
        for _ in range(1000):
            through.ask(small)
        time.sleep(QUIET)
        print(f"memory after 1,000 requests of 100 KB: {up.memory()}")
        overhead(direct, through, "answer at once, 100 KB", 100 * KB, 300)
        overhead(direct, through, "answer at once,   5 MB", 5 * MB, 40)
        time.sleep(QUIET)
        print(f"memory after requests of 5 MB        : {up.memory()}")

        # sshd holds back an answer that comes within the 40 ms in which ssh's system may put off its acknowledgement
        # of the upload (Nagle's algorithm against delayed ACK). No engine is that fast, so this is what users have.
        thinker = think()
        other = start(thinker)
        wait_for("up", other.is_up)
        direct, through = Bob(thinker), Bob(other.port)
        overhead(direct, through, f"answer after {THINKING:.1f} s, 100 KB", 100 * KB, 100)
        overhead(direct, through, f"answer after {THINKING:.1f} s,   5 MB", 5 * MB, 40)
        other.stop()

        sshd.stop()
        wait_for("the path is gone", lambda: not up.is_up())
        took, backend = Bob(up.port).ask(TEXT)
        assert backend == "local", backend
        print(f"first answer of the fallback         : {took * 1000:6.0f} ms")
        print(f"memory with the fallback's engine    : {up.memory()}")
        wait_for("the engine is unloaded", lambda: up.status()["engine"] == "unloaded")
        time.sleep(QUIET)
        print(f"memory after the idle unload         : {up.memory()}")
        sshd.start()
        up.stop()

        kill = lambda pids: [os.kill(pid, signal.SIGKILL) for pid in pids]
        freeze = lambda _: [os.kill(pid, signal.SIGSTOP) for pid in descendants(sshd.process.pid)]
        end = lambda _: kill(descendants(sshd.process.pid))
        recovery(start, "ssh killed to healthy             ", kill, 10)
        recovery(start, "sshd's session killed to healthy  ", end, 10)
        recovery(start, "session frozen to healthy (idle)  ", freeze, 2)
        kill(descendants(sshd.process.pid))


if __name__ == "__main__":
    main()
