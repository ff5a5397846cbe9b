"""A bare JSON-RPC client: it hides nothing that a node answers, and can send what no library would send."""

import itertools
import json
import urllib.error
import urllib.request
from dataclasses import dataclass

SECONDS_MAX = 20.0


class RpcError(Exception):
    """The node answered with a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: object = None):
        super().__init__(f"{code}: {message}" + (f" ({data})" if data is not None else ""))
        self.code = code
        self.message = message
        self.data = data


@dataclass
class Answer:
    """An HTTP answer as it came."""

    status: int
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


class Rpc:
    """One node's JSON-RPC over HTTP. Each call has its own connection: restarts are no special case."""

    def __init__(self, url: str, seconds: float = SECONDS_MAX):
        self.url = url
        self.seconds = seconds
        self.ids = itertools.count(1)
        # No proxy of the environment may stand between a test and a node of this machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def post(
        self, body: bytes, headers: dict[str, str] | None = None, seconds: float | None = None
    ) -> Answer:
        """Sends a body as it is and gives back whatever comes."""
        request = urllib.request.Request(
            self.url,
            data=body,
            headers={"content-type": "application/json", **(headers or {})},
            method="POST",
        )
        try:
            with self.opener.open(request, timeout=seconds or self.seconds) as response:
                return Answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read())

    def call(self, method: str, *params: object, seconds: float | None = None) -> object:
        """Calls a method; a JSON-RPC error is raised."""
        request = {"jsonrpc": "2.0", "id": next(self.ids), "method": method, "params": list(params)}
        answer = self.post(json.dumps(request).encode(), seconds=seconds).json()
        if not isinstance(answer, dict):
            raise RpcError(0, f"not a JSON-RPC answer: {answer!r}")
        if "error" in answer:
            error = answer["error"]
            raise RpcError(error.get("code", 0), error.get("message", ""), error.get("data"))
        return answer["result"]

    def batch(self, calls: list[tuple[str, list]], seconds: float | None = None) -> list[dict]:
        """Calls several methods in one request; answers in the order of the calls."""
        requests = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, params) in enumerate(calls)
        ]
        answers = self.post(json.dumps(requests).encode(), seconds=seconds).json()
        if not isinstance(answers, list):
            raise RpcError(0, f"not a batch answer: {answers!r}")
        return sorted(answers, key=lambda answer: answer["id"])

    def results(self, method: str, params: list[list], batch_size: int = 50) -> list:
        """The same method for many parameters, in batches; an error becomes its `RpcError`."""
        found: list = []
        for start in range(0, len(params), batch_size):
            for answer in self.batch([(method, one) for one in params[start : start + batch_size]]):
                if "error" in answer:
                    error = answer["error"]
                    found.append(RpcError(error.get("code", 0), error.get("message", ""), error.get("data")))
                else:
                    found.append(answer["result"])
        return found

    def height(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def alive(self) -> bool:
        """Whether the node answers at all."""
        try:
            return self.height() >= 0
        except Exception:
            return False
