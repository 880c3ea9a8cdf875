"""A student without a browser: logs in to a hub, opens a notebook, runs it, and steps.

What goes over the wire is what JupyterLab sends: forms, cookies and redirects as they come, then
the messages of a kernel over a websocket, all through the hub's proxy.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import websocket

_SOON, _LONG = 30, 300  # seconds
_PAGE = re.compile(r'<script[^>]* src="([^"]+)"')


class Refused(Exception):
    """The hub or a server has said no; the message is what it says to the student."""


class Student:
    """One of the class, in one browser without a window."""

    def __init__(self, hub: str, name: str, password: str = "anything") -> None:
        self.name, self._hub, self._password = name, hub, password
        self._home = f"{hub}/user/{name}/"
        self._session = requests.Session()

    def log_in(self) -> None:
        """Fill in the form of the hub's first page."""
        page = self._session.get(f"{self._hub}/hub/login", timeout=_SOON)
        page.raise_for_status()
        form = {
            "username": self.name,
            "password": self._password,
            "_xsrf": self._xsrf("/hub/"),
        }
        answer = self._session.post(
            f"{self._hub}/hub/login", params={"next": "/hub/home"}, data=form, timeout=_SOON
        )
        if not answer.ok:
            raise Refused(f"{answer.status_code}: {_said(answer.text)}")

    def start(self) -> None:
        """Start the server, and wait until it has shown JupyterLab, with its scripts."""
        last = time.monotonic() + _LONG
        answer = self._session.get(f"{self._hub}/hub/spawn", timeout=_LONG)
        while not answer.url.startswith(self._home):  # the page that waits, until it leads there
            if answer.status_code >= 400 or time.monotonic() > last:
                raise Refused(f"{answer.status_code}: {_said(answer.text)}")
            time.sleep(0.2)
            answer = self._session.get(answer.url, timeout=_LONG)
        answer.raise_for_status()
        self.landed = answer.url
        for script in _PAGE.findall(answer.text):
            self._session.get(f"{self._hub}{script}", timeout=_LONG).raise_for_status()

    def stop(self) -> None:
        """End the server, as the hub's own page does."""
        url = f"{self._hub}/hub/api/users/{self.name}/server"
        headers = self._headers("/hub/")
        self._session.delete(url, headers=headers, timeout=_LONG).raise_for_status()
        last = time.monotonic() + _SOON
        while self._server_runs():
            if time.monotonic() > last:
                raise TimeoutError(f"the server of {self.name} did not end")
            time.sleep(0.2)

    def read(self, notebook: str) -> dict[str, Any]:
        """A notebook as it is on the server."""
        return self.api("GET", f"contents/{notebook}")["content"]

    def write(self, notebook: str, content: dict[str, Any]) -> None:
        """Save a notebook."""
        self.api("PUT", f"contents/{notebook}", {"type": "notebook", "content": content})

    def open(self, notebook: str) -> Tab:
        """A notebook in a tab of its own; two tabs of one notebook share its kernel."""
        content = self.read(notebook)
        asked = {"path": notebook, "name": notebook, "type": "notebook"}
        found = self.api("POST", "sessions", {**asked, "kernel": {"name": "python3"}})
        tab = Tab(content["cells"], self._connect(found["kernel"]["id"]), found["kernel"]["id"])
        tab.greet()
        return tab

    def close(self, tab: Tab) -> None:
        """Close a tab, and end its kernel."""
        tab.close()
        self.api("DELETE", f"kernels/{tab.kernel}")

    def api(self, method: str, path: str, body: object = None) -> Any:
        """What the student's server answers."""
        answer = self._session.request(
            method,
            f"{self._home}api/{path}",
            json=body,
            headers=self._headers(urlsplit(self._home).path),
            timeout=_LONG,
        )
        if not answer.ok:
            raise Refused(f"{answer.status_code}: {answer.text[:200]}")
        return answer.json() if answer.content else None

    def _server_runs(self) -> bool:
        url = f"{self._hub}/hub/api/users/{self.name}"
        answer = self._session.get(url, headers=self._headers("/hub/"), timeout=_SOON)
        answer.raise_for_status()
        return bool(answer.json()["servers"])

    def _connect(self, kernel: str) -> websocket.WebSocket:
        address = f"{self._home}api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}"
        cookies = "; ".join(
            f"{c.name}={c.value}"
            for c in self._session.cookies
            if urlsplit(self._home).path.startswith(c.path)
        )
        return websocket.create_connection(
            address.replace("http", "ws", 1),
            cookie=cookies,
            origin=self._hub,
            header={"Sec-Fetch-Mode": "websocket"},
            timeout=_LONG,
        )

    def _xsrf(self, path: str) -> str:
        found = [c.value for c in self._session.cookies if (c.name, c.path) == ("_xsrf", path)]
        return found[0] or "" if found else ""

    def _headers(self, path: str) -> dict[str, str]:
        """What a browser sends with what a script on the page asks for."""
        return {
            "X-XSRFToken": self._xsrf(path),
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "same-origin",
            "Referer": f"{self._hub}{path}",
        }


def _said(page: str) -> str:
    """What a page of the hub says to whoever is refused."""
    found = re.findall(r'(?s)class="(?:login_error|text-center|error)[^"]*">(.*?)</', page)
    words = [re.sub(r"\s+", " ", text).strip() for text in found]
    return "; ".join(filter(None, words)) or "a page without a reason"


@dataclass
class Tab:
    """A notebook that is open, with a line to its kernel, and the widgets that live in it."""

    cells: list[dict[str, Any]]
    line: websocket.WebSocket
    kernel: str
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)  # what the kernel has said of itself
    received: int = 0  # characters

    def greet(self) -> None:
        """Wait until the kernel answers, and what it says to everybody is heard here too."""
        last = time.monotonic() + _LONG
        while time.monotonic() < last:
            try:
                self.line.settimeout(1)
                return self._wait(self._send("kernel_info_request", {}))
            except websocket.WebSocketTimeoutException:
                continue
            finally:
                self.line.settimeout(_LONG)
        raise TimeoutError(f"the kernel did not answer for {_LONG} s")

    def run_all(self) -> None:
        """Run → Run All Cells, to the end; a cell that fails is an error here."""
        self.models.clear()
        codes = [c for c in self.cells if c["cell_type"] == "code" and "".join(c["source"])]
        asked = [self._ask_for_cell("".join(c["source"]), c.get("id")) for c in codes]
        for request in asked:
            self._wait(request)

    def execute(self, code: str) -> str:
        """Run a line, and give what it prints."""
        printed: list[str] = []

        def listen(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        self._wait(self._ask_for_cell(code, None), listen)
        return "".join(printed)

    def stepper(self) -> str:
        """The stepper of the notebook, by the name that its messages carry."""
        found = [k for k, s in self.models.items() if s.get("said", "").startswith("Stepper: ")]
        if not found:
            raise LookupError("there is no stepper in the notebook; run it first")
        return found[0]

    def steps(self, model: str) -> int:
        """How many steps a stepper has."""
        return int(re.findall(r"Stepper: (\d+) steps", self.models[model]["said"])[0])

    def move(self, model: str, **values: object) -> float:
        """Move controls of a widget; the seconds until the kernel has dealt with it."""
        start = time.perf_counter()
        data = {"method": "update", "state": values, "buffer_paths": []}
        self._wait(self._send("comm_msg", {"comm_id": model, "data": data}))
        return time.perf_counter() - start

    def ask(self, model: str) -> dict[str, Any]:
        """The state of a widget, as the kernel has it."""
        self._wait(self._send("comm_msg", {"comm_id": model, "data": {"method": "request_state"}}))
        return self.models[model]

    def hear(self, done: Callable[[Tab], bool], seconds: float = _SOON) -> None:
        """Listen until something has happened."""
        last = time.monotonic() + seconds
        while not done(self):
            if time.monotonic() > last:
                raise TimeoutError(f"waited {seconds} s; the kernel said {self.states[-5:]}")
            try:
                self.line.settimeout(1)
                self._receive()
            except websocket.WebSocketTimeoutException:
                continue
            finally:
                self.line.settimeout(_LONG)

    def close(self) -> None:
        """Close the tab; the kernel lives on."""
        self.line.close()

    def _ask_for_cell(self, code: str, cell: str | None) -> str:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        asked = {**content, "allow_stdin": False, "stop_on_error": True}
        return self._send("execute_request", asked, {"cellId": cell} if cell else {})

    def _send(self, kind: str, content: object, metadata: object = None) -> str:
        request = uuid.uuid4().hex
        header = {
            "msg_id": request,
            "msg_type": kind,
            "username": "",
            "session": self.kernel,
            "date": "",
            "version": "5.3",
        }
        message = {"channel": "shell", "header": header, "parent_header": {}}
        rest = {"metadata": metadata or {}, "content": content, "buffers": []}
        self.line.send(json.dumps({**message, **rest}))
        return request

    def _wait(self, request: str, listen: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Receive until the kernel has dealt with a request; raises what the kernel has raised."""
        problem: RuntimeError | None = None
        while True:
            message = self._receive()
            if message is None or message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "error":
                problem = RuntimeError("\n".join(message["content"]["traceback"]))
            elif listen is not None:
                listen(message)
            if message["msg_type"] == "status" and self.states[-1] == "idle":
                break
        if problem is not None:
            raise problem

    def _receive(self) -> dict[str, Any] | None:
        kind, data = self.line.recv_data()
        if kind == websocket.ABNF.OPCODE_CLOSE:
            raise ConnectionError("the server has closed the line")
        self.received += len(data)
        if kind != websocket.ABNF.OPCODE_TEXT:  # with pieces that are not text, such as pictures
            return None
        message = json.loads(data)
        message["msg_type"] = message["header"]["msg_type"]
        self._note(message["msg_type"], message["content"])
        return message

    def _note(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "status":
            self.states.append(content["execution_state"])
        elif kind == "comm_open":
            self.models[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif kind == "comm_msg" and content["data"].get("method") in ("update", "echo_update"):
            self.models.setdefault(content["comm_id"], {}).update(content["data"]["state"])
