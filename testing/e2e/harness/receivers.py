"""Local receivers of alarms: a mail server, and one HTTP server that is each of the services that a channel can speak to.
Every service checks what its documentation asks for, and refuses what it would refuse."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller

# The key of signed messages, and the tokens of the addresses.
SECRET = "SEC-e2e-4f1d"
TOKEN = "token-e2e"
# A signature is good for an hour (DingTalk, Feishu).
SIGNATURE_SECONDS_MAX = 3600
# Bytes of a text that WeCom takes; of a message that DingTalk and Feishu take.
WECOM_BYTES_MAX = 2048
ROBOT_BYTES_MAX = 20_000
ALERTMANAGER_KEYS = {
    "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
    "commonAnnotations", "externalURL", "alerts",
}  # fmt: skip


class Wrong(Exception):
    """What came is not what the service documents."""


@dataclass
class Request:
    """What was posted."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    def json(self) -> dict:
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise Wrong(f"content type {self.headers.get('content-type')}")
        return json.loads(self.raw)


def signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def recent(seconds: float) -> bool:
    return abs(time.time() - seconds) < SIGNATURE_SECONDS_MAX


def robot_text(body: dict, kind: str, place: str, part: str, bytes_max: int) -> str:
    """The text of a message of a group robot."""
    if body.get(kind) != "text":
        raise Wrong(f"{kind} is {body.get(kind)}")
    text = body[place][part]
    if not text or len(text.encode()) > bytes_max:
        raise Wrong(f"a text of {len(text.encode())} bytes")
    return text


def ding_talk(request: Request) -> tuple[str, object]:
    """https://open.dingtalk.com/document/robots/customize-robot-security-settings"""
    if request.query.get("access_token") != TOKEN:
        return "", {"errcode": 300001, "errmsg": "token is not exist"}
    stamp = request.query.get("timestamp", "0")
    if not recent(int(stamp) / 1000):
        return "", {"errcode": 310000, "errmsg": "invalid timestamp"}
    if request.query.get("sign") != signature(SECRET, f"{stamp}\n{SECRET}"):
        return "", {"errcode": 310000, "errmsg": "sign not match"}
    text = robot_text(request.json(), "msgtype", "text", "content", ROBOT_BYTES_MAX)
    return text, {"errcode": 0, "errmsg": "ok"}


def we_com(request: Request) -> tuple[str, object]:
    """https://developer.work.weixin.qq.com/document/path/91770"""
    if request.query.get("key") != TOKEN:
        return "", {"errcode": 93000, "errmsg": "invalid webhook url"}
    text = robot_text(request.json(), "msgtype", "text", "content", WECOM_BYTES_MAX)
    return text, {"errcode": 0, "errmsg": "ok"}


def feishu(request: Request) -> tuple[str, object]:
    """https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot"""
    body = request.json()
    stamp = body.get("timestamp", "0")
    if not recent(int(stamp)) or body.get("sign") != signature(f"{stamp}\n{SECRET}", ""):
        return "", {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    text = robot_text(body, "msg_type", "content", "text", ROBOT_BYTES_MAX)
    return text, {"code": 0, "msg": "success", "data": {}}


def slack(request: Request) -> tuple[str, object]:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""
    text = request.json().get("text")
    if not isinstance(text, str) or not text:
        raise Wrong("no_text")
    return text, "ok"


def webhook(request: Request) -> tuple[str, object]:
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config"""
    body = request.json()
    if body.get("version") != "4" or not ALERTMANAGER_KEYS <= body.keys():
        raise Wrong(f"keys {sorted(body)}")
    for alert in body["alerts"]:
        if alert["status"] not in ("firing", "resolved") or not alert["labels"]["alertname"]:
            raise Wrong(f"alert {alert}")
        if "startsAt" not in alert or "fingerprint" not in alert:
            raise Wrong(f"alert {alert}")
    return request.raw.decode(), "ok"


SERVICES: dict[str, tuple[str, Callable[[Request], tuple[str, object]]]] = {
    "webhook": ("/hook", webhook),
    "dingTalk": ("/robot/send", ding_talk),
    "weCom": ("/cgi-bin/webhook/send", we_com),
    "feishu": (f"/open-apis/bot/v2/hook/{TOKEN}", feishu),
    "slack": (f"/services/T1/B1/{TOKEN}", slack),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Passes a request to its service and keeps the text that it took."""

    def do_POST(self) -> None:
        split = urllib.parse.urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw = self.rfile.read(int(headers["content-length"]))
        request = Request(split.path, dict(urllib.parse.parse_qsl(split.query)), headers, raw)
        found = [(name, take) for name, (path, take) in SERVICES.items() if path == split.path]
        if not found:
            self.answer(404, "no such service")
            return
        name, take = found[0]
        try:
            text, answer = take(request)
        except (Wrong, KeyError, TypeError, ValueError) as error:
            self.server.receivers.refused.append(f"{name}: {error!r}: {raw[:400]!r}")
            self.answer(400, str(error))
            return
        if text:
            self.server.receivers.texts[name].append(text)
        else:
            self.server.receivers.refused.append(f"{name}: {answer}")
        self.answer(200, answer)

    def answer(self, status: int, content: object) -> None:
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Receivers:
    """What every service took, and what was refused."""

    http_port: int = 0
    mail_port: int = 0
    texts: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in [*SERVICES, "mail"]})
    refused: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        """aiosmtpd gives a mail here."""
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        for header in ("From", "To", "Subject", "Date"):
            if not mail[header]:
                self.refused.append(f"mail: no {header}")
                return f"550 no {header}"
        self.texts["mail"].append(f"{mail['Subject']}\n{mail.get_body().get_content()}")
        return "250 OK"

    def target(self, kind: str) -> dict:
        """The receiver as a channel of the console names it."""
        if kind == "mail":
            return {
                "kind": "mail", "host": "127.0.0.1", "port": self.mail_port, "security": "none",
                "from": "Civitas <city@city.example>", "to": ["desk@city.example", "值班 <duty@city.example>"],
            }  # fmt: skip
        path, _ = SERVICES[kind]
        query = {"dingTalk": f"?access_token={TOKEN}", "weCom": f"?key={TOKEN}"}.get(kind, "")
        target = {"kind": kind, "url": f"http://127.0.0.1:{self.http_port}{path}{query}"}
        if kind in ("dingTalk", "feishu"):
            target["secret"] = SECRET
        return target


@contextmanager
def receivers(mail_port: int) -> Iterator[Receivers]:
    """All of them, until the end of the block."""
    found = Receivers(mail_port=mail_port)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.receivers = found
    found.http_port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mail = Controller(found, hostname="127.0.0.1", port=mail_port)
    mail.start()
    try:
        yield found
    finally:
        mail.stop()
        server.shutdown()


class Collector(http.server.BaseHTTPRequestHandler):
    """A collector of OpenTelemetry: keeps what comes to its receiver of metrics."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        right = self.path == "/v1/metrics" and self.headers["content-type"] == "application/x-protobuf"
        if right:
            self.server.bodies.append(body)
        self.send_response(200 if right else 400)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Its address and what it was sent."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.bodies
    finally:
        server.shutdown()
