"""The hand-written part, against answers that are made up here."""

import base64
import json
import time
import unittest
from datetime import datetime, timezone
from typing import Any

import httpx
from plenaria import ClientCredentials, ProblemError, TokenError, WebhookVerificationError, connect, verify_webhook
from plenaria.generated.api.events import list_events
from plenaria.generated.api.registrations import create_registration
from plenaria.generated.models.create_registration import CreateRegistration
from standardwebhooks import Webhook

BASE = "https://api.example.org"


def problem(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    body = {"title": code, "status": status, "code": code, "detail": code, "retryable": status in (429, 503), **more}
    headers = {"Content-Type": "application/problem+json", **(headers or {})}
    return httpx.Response(status, headers=headers, content=json.dumps(body))


class Answers(httpx.BaseTransport):
    """Answers the requests one after another, and keeps them."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.read()))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


PERSON = CreateRegistration(email="ada@example.org", name="Ada Lovelace", privacy_accepted=True)


class ClientTest(unittest.TestCase):
    def test_a_post_is_sent_again_with_the_same_key_and_body(self) -> None:
        answers = Answers(
            httpx.ConnectError("refused"),
            problem(503, "overloaded", {"Retry-After": "0"}),
            httpx.Response(404, headers={"Content-Type": "application/problem+json"}, content=b'{"code":"not-found"}'),
        )
        with self.assertRaises(ProblemError) as raised:
            create_registration.sync(client=connect(BASE, transport=answers), event="x", body=PERSON)
        self.assertEqual(raised.exception.code, "not-found")
        self.assertEqual(len(answers.requests), 3)
        self.assertEqual(len({request.headers["Idempotency-Key"] for request in answers.requests}), 1)
        self.assertEqual(len({request.content for request in answers.requests}), 1)

    def test_field_errors_are_named_and_not_sent_again(self) -> None:
        field = {"pointer": "/email", "code": "email", "detail": "This is not an e-mail address."}
        answers = Answers(problem(422, "validation-failed", errors=[field]))
        with self.assertRaises(ProblemError) as raised:
            create_registration.sync(client=connect(BASE, transport=answers, language="es"), event="x", body=PERSON)
        found = raised.exception.field("/email")
        assert found is not None
        self.assertEqual(found.code, "email")
        self.assertIsNone(raised.exception.field("/name"))
        self.assertEqual(answers.requests[0].headers["Accept-Language"], "es")

    def test_a_problem_that_a_pause_does_not_mend_is_not_sent_again(self) -> None:
        for code in ("event-full", "registration-not-open"):
            answers = Answers(problem(409, code, retryable=True))
            with self.assertRaises(ProblemError) as raised:
                create_registration.sync(client=connect(BASE, transport=answers), event="x", body=PERSON)
            self.assertEqual((raised.exception.code, raised.exception.retryable), (code, True))
            self.assertEqual(len(answers.requests), 1)

    def test_a_key_in_progress_is_sent_again_as_after_errors_of_proxies(self) -> None:
        answers = Answers(
            httpx.Response(502, html="<h1>Bad gateway</h1>"),
            httpx.Response(408),
            problem(409, "idempotency-in-progress", {"Retry-After": "0"}, retryable=True),
            problem(409, "event-full", retryable=True),
        )
        with self.assertRaises(ProblemError) as raised:
            client = connect(BASE, transport=answers, longest_pause=0.01)
            create_registration.sync(client=client, event="x", body=PERSON)
        self.assertEqual(raised.exception.code, "event-full")
        self.assertEqual(len(answers.requests), 4)
        self.assertEqual(len({request.headers["Idempotency-Key"] for request in answers.requests}), 1)

    def test_a_long_retry_after_ends_the_attempts(self) -> None:
        answers = Answers(problem(429, "rate-limited", {"Retry-After": "900"}))
        with self.assertRaises(ProblemError) as raised:
            list_events.sync(client=connect(BASE, transport=answers))
        self.assertEqual(raised.exception.retry_after, 900)

    def test_answers_of_proxies_are_problems_too(self) -> None:
        answers = Answers(httpx.Response(502, html="<h1>Bad gateway</h1>"))
        with self.assertRaises(ProblemError) as raised:
            list_events.sync(client=connect(BASE, transport=answers, retries=0))
        self.assertEqual((raised.exception.code, raised.exception.retryable), ("overloaded", True))

    def test_access_tokens_are_kept_and_renewed_once_when_rejected(self) -> None:
        given = [httpx.Response(200, json={"access_token": f"token-{n}", "expires_in": 900}) for n in (1, 2)]
        token_endpoint = Answers(*given)
        tokens = ClientCredentials(BASE, "id", "s:ecret", transport=token_endpoint)
        self.assertEqual([tokens.token(), tokens.token()], ["token-1", "token-1"])
        expected = "Basic " + base64.b64encode(b"id:s%3Aecret").decode()
        self.assertEqual(token_endpoint.requests[0].headers["Authorization"], expected)
        answers = Answers(problem(401, "invalid-token"), problem(401, "invalid-token"))
        with self.assertRaises(ProblemError):
            list_events.sync(client=connect(BASE, token=tokens, transport=answers))
        sent = [request.headers["Authorization"] for request in answers.requests]
        self.assertEqual(sent, ["Bearer token-1", "Bearer token-2"])

    def test_a_rejected_client_is_an_error_of_oauth(self) -> None:
        answers = Answers(httpx.Response(401, json={"error": "invalid_client", "error_description": "Unknown."}))
        with self.assertRaises(TokenError) as raised:
            ClientCredentials(BASE, "id", "wrong", transport=answers).token()
        self.assertEqual(raised.exception.code, "invalid_client")

    def test_webhook_messages_are_verified(self) -> None:
        secret = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
        body = json.dumps({"type": "webhook.test", "timestamp": "2027-01-01T00:00:00Z", "data": {}})
        signature = Webhook(secret).sign("msg", datetime.now(tz=timezone.utc), body)
        headers = {"Webhook-Id": "msg", "Webhook-Timestamp": str(int(time.time())), "Webhook-Signature": signature}
        self.assertEqual(verify_webhook(secret, headers, body)["type"], "webhook.test")
        with self.assertRaises(WebhookVerificationError):
            verify_webhook(secret, headers, body + " ")
