"""A `jkocr serve` of the benches: started on a free port, asked, looked into, and ended."""

import http.client
import os
import socket
import subprocess
import time


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    def __init__(self, jkocr, arguments):
        self.port = free_port()
        # Memory and throughput are measured, not patience.
        patient = os.environ | {"JKOCR_SERVE_REQUEST_TIMEOUT": "10min", "JKOCR_SERVE_IDLE_SHRINK": "2s"}
        self.process = subprocess.Popen([jkocr, "--quiet", "serve", "--port", str(self.port), *arguments], env=patient)
        self.connection = self.connect()

    def __enter__(self):
        for _ in range(600):
            try:
                if self.get("/healthz")[0] == 200:
                    return self
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("the server has ended") from None
            time.sleep(0.1)
        raise SystemExit("the server does not get ready")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def post(self, body, connection=None):
        """Sends a request; returns its status and its answer."""
        connection = connection or self.connection
        connection.request("POST", "/ocr", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def resident(self, field="VmRSS"):
        """Megabytes of this process: now, or at most so far (`VmHWM`)."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":")) // 1024

    def forget_peak(self):
        """From here on, `VmHWM` is the most since now."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as refs:
            refs.write("5")

    def metric(self, name):
        lines = self.get("/metrics")[1].splitlines()
        return next((line.split()[-1] for line in lines if line.startswith(name)), None)
