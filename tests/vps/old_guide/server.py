"""Has the port of the old guide's server and its answer to /healthz, as far as `jkocr deploy` meets them. It reads nothing."""

import argparse
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"status":"ok"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


arguments = argparse.ArgumentParser()
arguments.add_argument("--host", default="127.0.0.1")
arguments.add_argument("--port", type=int, default=8080)
chosen = arguments.parse_args()
http.server.ThreadingHTTPServer((chosen.host, chosen.port), Handler).serve_forever()
