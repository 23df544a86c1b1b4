"""A mail server that accepts everything, and gives the tokens in the mails that ask to confirm an address."""

import base64
import email
import email.policy
import json
import re
import socketserver
import threading

TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


def claims(token, part):
    """The header (part 0) or the claims (part 1) of a token, unverified."""
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Session(socketserver.StreamRequestHandler):
    """One connection of SMTP (RFC 5321), as far as a client needs it that delivers mail."""

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        try:
            self.reply("220 chaos")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"QUIT":
                    return self.reply("221 bye")
                if command == b"EHLO":
                    self.reply("250-chaos\r\n250 8BITMIME")
                elif command == b"DATA":
                    self.reply("354 go on")
                    self.server.mailbox.receive(self.message())
                    self.reply("250 accepted")
                else:
                    self.reply("250 ok")
        except OSError:
            pass

    def message(self):
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64


class Mailbox:
    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Session)
        self.server.mailbox, self.port = self, self.server.server_address[1]
        self.lock, self.tokens, self.received = threading.Lock(), [], 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def receive(self, message):
        self.received += 1
        body = email.message_from_bytes(message, policy=email.policy.default).get_body(("plain",))
        for token in TOKEN.findall(body.get_content()) if body else ():
            if claims(token, 0).get("typ") == "confirm+jwt":
                with self.lock:
                    self.tokens.append(token)
                return

    def take(self, random):
        """A token that nobody has taken yet; `None` if there is none."""
        with self.lock:
            return self.tokens.pop(random.randrange(len(self.tokens))) if self.tokens else None

    def end(self):
        self.server.shutdown()
        self.server.server_close()
