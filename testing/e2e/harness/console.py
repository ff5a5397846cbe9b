"""A client of the console's HTTP API: a session as a browser keeps it, signed in with the key of an account."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from eth_account import Account
from eth_account.messages import encode_defunct

from . import toolchain

Account.enable_unaudited_hdwallet_features()
SECONDS_MAX = 30.0


class Refused(Exception):
    """The console answered with a problem."""

    def __init__(self, status: int, body: str):
        super().__init__(f"{status}: {body[:600]}")
        self.status = status


def account(index: int) -> object:
    """An account of the development mnemonic."""
    return Account.from_mnemonic(toolchain.MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")


@dataclass
class Console:
    """A visitor; the cookies of the session stay with it."""

    url: str
    csrf: str = ""
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def request(
        self, method: str, path: str, body: object = None, headers: dict | None = None
    ) -> tuple[dict, bytes]:
        """An answer with its headers; one above 399 raises `Refused`."""
        head = {
            "accept": "application/json",
            "x-csrf-token": self.csrf,
            "origin": self.url,
            **(headers or {}),
        }
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            head["content-type"] = "application/json"
        request = urllib.request.Request(self.url + path, data, head, method=method)
        try:
            with self.opener.open(request, timeout=SECONDS_MAX) as answer:
                return dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace")) from error

    def call(self, method: str, path: str, body: object = None) -> object:
        """An answer of the API below /api/v1."""
        _, content = self.request(method, "/api/v1" + path, body)
        return json.loads(content) if content else None

    def get(self, path: str, **query: object) -> object:
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        return self.call("GET", path + suffix)

    def items(self, path: str, **query: object) -> list:
        """The first page of a list."""
        answer = self.get(path, **query)
        return answer["items"] if isinstance(answer, dict) else answer

    def alive(self) -> bool:
        """Whether it answers."""
        self.request("GET", "/api/health")
        return True

    def sign_in(self, index: int) -> dict:
        """Signs in with an account of the development mnemonic."""
        signer = account(index)
        message = self.call("POST", "/session/challenge", {"account": signer.address})["message"]
        signature = signer.sign_message(encode_defunct(text=message)).signature
        session = self.call(
            "POST", "/session/account", {"message": message, "signature": "0x" + signature.hex()}
        )
        self.csrf = session["csrf"]
        return session

    def set_up(self, token: str) -> dict:
        """Becomes the administrator by the one-time link."""
        session = self.call("POST", "/session/setup", {"token": token})
        self.csrf = session["csrf"]
        return session
