"""The access token of the organiser's client, which the follower and the organisers share."""

import http.client
import json
import re
from base64 import b64encode
from urllib.parse import urlencode


class Client:
    def __init__(self, added):
        """`added`: the output of `plenaria clients add`."""
        id, secret = (re.search(rf"^{name}: (\S+)$", added, re.M)[1] for name in ("client_id", "client_secret"))
        self.credentials = b64encode(f"{id}:{secret}".encode()).decode()
        self.token = None

    def request_token(self, port):
        """Requests a token, which is valid for longer than a round takes; returns the response's status."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Authorization": f"Basic {self.credentials}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", "/oauth/token", urlencode({"grant_type": "client_credentials"}), headers)
            response = connection.getresponse()
            found = json.loads(response.read())
        finally:
            connection.close()
        if response.status == 200:
            self.token = found["access_token"]
        return response.status
