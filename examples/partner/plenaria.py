"""Calls the API for a partner organisation: tokens, retries that are safe, and lists page by page. Standard library only."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ATTEMPTS = 5
# Statuses after which the same request may succeed after a pause.
TEMPORARY = (408, 429, 502, 503, 504)
# A token is renewed when it has less than this left.
TOKEN_MARGIN_SECONDS = 60


class ProblemError(Exception):
    """A problem document (RFC 9457). `code` is for programs, `detail` for people."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('status')} {problem.get('code')}: {problem.get('detail') or problem.get('title')}")
        self.problem = problem
        self.code = problem.get("code")


class Client:
    """A client of an organisation, with the id and the secret that the operator gave it."""

    def __init__(self, url, client_id, client_secret):
        self.url = url.rstrip("/")
        self.credentials = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self.token, self.token_ends = None, 0.0

    def request(self, method, path, body=None, timeout=60):
        """Sends a request and returns the JSON of the response. It is sent again after a failure that passes; a POST has a key,
        so that its effect happens once."""
        key = str(uuid.uuid4()) if method == "POST" else None
        for attempt in range(1, ATTEMPTS + 1):
            headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
            if key:
                headers["Idempotency-Key"] = key
            try:
                return self._send(method, path, headers, body, timeout)
            except urllib.error.HTTPError as error:
                problem = _problem(error)
                if error.code == 401 and problem.code == "invalid-token" and attempt == 1:
                    self.token = None
                    continue
                if not (error.code in TEMPORARY or problem.code == "idempotency-in-progress") or attempt == ATTEMPTS:
                    raise problem from error
                wait = float(error.headers.get("Retry-After") or 2 ** (attempt - 1))
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                if attempt == ATTEMPTS:
                    raise
                wait = 2 ** (attempt - 1)
            time.sleep(wait)

    def pages(self, path, **query):
        """The items of a list, page by page."""
        while True:
            page = self.request("GET", f"{path}?{urllib.parse.urlencode(query)}")
            yield from page["data"]
            if page["page"]["next_cursor"] is None:
                return
            query["cursor"] = page["page"]["next_cursor"]

    def _token(self):
        if self.token is None or time.monotonic() > self.token_ends:
            headers = {"Authorization": f"Basic {self.credentials}", "Content-Type": "application/x-www-form-urlencoded"}
            request = urllib.request.Request(
                f"{self.url}/oauth/token", b"grant_type=client_credentials", headers, method="POST"
            )
            with urllib.request.urlopen(request, timeout=30) as response:
                found = json.load(response)
            self.token = found["access_token"]
            self.token_ends = time.monotonic() + found["expires_in"] - TOKEN_MARGIN_SECONDS
        return self.token

    def _send(self, method, path, headers, body, timeout):
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers = headers | {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=timeout) as response:
            text = response.read()
        return json.loads(text) if text else None


def _problem(error):
    try:
        return ProblemError(json.load(error))
    except ValueError:  # a proxy's own error page
        return ProblemError({"status": error.code, "title": error.reason})
