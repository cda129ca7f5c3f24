"""An ssh server that says whatever it likes: `forger.py PORT KEY WORDS`.

Each connection gets the words of the file WORDS, of which the first line says where they are put:
`methods` (the list of what it would take; `accepts`: the same, and it would take any key), `farewell`, `remark` (a message for debugging, before the login and after the
key) or `early` (such a message before the exchange of keys, where the client's way of exchanging them allows it).
"""

import socket
import sys
import threading

import paramiko
from paramiko.common import MSG_DEBUG, MSG_DISCONNECT

PORT, KEY, WORDS = int(sys.argv[1]), paramiko.Ed25519Key(filename=sys.argv[2]), sys.argv[3]


def remark(words):
    message = paramiko.Message()
    message.add_byte(bytes([MSG_DEBUG]))
    message.add_boolean(True)
    message.add_string(words)
    message.add_string("")
    return message


class Early(paramiko.Transport):
    words = None

    def _send_kex_init(self):
        if self.words is not None:
            self._send_message(remark(self.words))
        super()._send_kex_init()


class Server(paramiko.ServerInterface):
    def __init__(self, transport, place, words):
        self.transport, self.place, self.words = transport, place, words

    def get_allowed_auths(self, username):
        if self.place == "remark":
            self.transport._send_message(remark(self.words))
        return f"publickey,{self.words}" if self.place in ("methods", "accepts") else "publickey"

    def check_auth_publickey(self, username, key):
        if self.place == "remark":
            self.transport._send_message(remark(self.words))
        if self.place == "farewell":
            message = paramiko.Message()
            message.add_byte(bytes([MSG_DISCONNECT]))
            message.add_int(11)
            message.add_string(f"bye{self.words}")
            message.add_string("")
            self.transport._send_message(message)
        return paramiko.AUTH_SUCCESSFUL if self.place == "accepts" else paramiko.AUTH_FAILED


def serve(connection):
    with open(WORDS, newline="") as file:
        place, words = file.read().split("\n", 1)
    try:
        transport = Early(connection, strict_kex=place != "early")
        transport.words = words if place == "early" else None
        transport.add_server_key(KEY)
        transport.start_server(server=Server(transport, place, words))
        transport.join(60)
    except (paramiko.SSHException, EOFError, OSError):
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", PORT))
print("listens", flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
