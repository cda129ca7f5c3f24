"""A Chromium without a window, spoken to over two pipes in its DevTools protocol: pages in, pictures and values out."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--font-render-hinting=none", "--remote-debugging-pipe"]


class Browser:
    def __init__(self, program="chromium"):
        (theirs_in, self.output), (self.input, theirs_out) = os.pipe(), os.pipe()
        self.profile = tempfile.mkdtemp()

        def hand_over():
            # Chromium reads from 3 and writes to 4; the pipes may have these very numbers already.
            spare_in, spare_out = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(spare_in, 3)
            os.dup2(spare_out, 4)

        command = [program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        self.child = subprocess.Popen(command, preexec_fn=hand_over, close_fds=False, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.numbers = itertools.count(1)
        self.pending = b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self.read())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def read(self):
        while b"\0" not in self.pending:
            part = os.read(self.input, 1 << 16)
            if not part:
                raise RuntimeError("the browser is gone")
            self.pending += part
        message, self.pending = self.pending.split(b"\0", 1)
        return message

    def show(self, html, width, height, scale):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        self.ask("Page.setDocumentContent", frameId=self.frame, html=html)
        self.evaluate("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done(0))))")

    def evaluate(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def picture(self):
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
