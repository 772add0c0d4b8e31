"""The same engine over any OpenAI-compatible server (vLLM, SGLang, llama.cpp, transformers serve). Light: no torch.

Every response is asked for by itself with a seed of its own, made from seed, problem and sample: asking for n at once would
make a response depend on which others were still missing. A server with prefix caching computes the prompt once all the same.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.errors import GenerationError, SettingsError
from core.generation.http import Refused, Transient, post
from core.generation.keys import response_key
from core.models.chat import Chat
from core.plan.settings import GenerationSettings
from core.records import Request, Response, Sampling

_TRIES = 6
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_TIMEOUT = 900.0
_HEARTBEAT = 1.0
_FINISH = {"stop": "stop", "eos": "stop", "end_turn": "stop", "stop_sequence": "stop", "length": "length", "max_tokens": "length"}


def server_model(generation: GenerationSettings) -> str:
    """What stands for the fingerprint of a served model: its name and where it is served. The server does not tell more."""
    place = hashlib.sha256(f"{endpoint(generation.server_url)}\0{generation.server_model}".encode()).hexdigest()[:24]
    return f"{generation.server_model}:{place}"


def endpoint(url: str) -> str:
    """The address that is asked: a base URL gets ``/v1/chat/completions``; one that ends in ``completions`` is taken as it is."""
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"generation.server_url = '{url}' is no address; give one like 'http://127.0.0.1:8000/v1'.")
    if "@" in url.split("/", 3)[2]:
        raise SettingsError(
            "generation.server_url must hold no user name or password; put the key into the variable that generation.server_key_env names."
        )
    base = url.rstrip("/")
    if base.endswith("/completions"):
        return base
    return f"{base}/chat/completions" if base.endswith("/v1") else f"{base}/v1/chat/completions"


def response_seed(request: Request) -> int:
    """The seed sent for one response, 31 bits."""
    text = f"{request.sampling.seed}\0{request.problem_id}\0{request.sample}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4], "little") & 0x7FFFFFFF


class ServerEngine:
    """Asks a server, ``server_concurrency`` responses at once.

    chat: given, a plain ``/v1/completions`` endpoint gets the prompt as token ids with the template applied here, and the
    end of the turn as stop text; a chat endpoint applies its own template. first_wait: seconds before the second try.
    model: what stands for the model in the responses' keys, where more is known of it than a name. trouble: a sentence when the
    server is known to be gone, so that nobody tries again; '' otherwise.
    """

    name = "server"

    def __init__(
        self,
        generation: GenerationSettings,
        chat: Chat | None = None,
        note: Callable[[str], None] | None = None,
        first_wait: float = _FIRST_WAIT,
        model: str = "",
        trouble: Callable[[], str] = lambda: "",
    ) -> None:
        self.model = model or server_model(generation)
        self._url = endpoint(generation.server_url)
        self._asked = generation.server_model
        self._key = _key(generation.server_key_env)
        self._workers = generation.server_concurrency
        self._chat = chat
        self._note = note
        self._first_wait = first_wait
        self._trouble = trouble
        self._logprobs = True
        self._closed = threading.Event()
        self._telling = threading.Lock()

    def generate(self, requests: Sequence[Request]) -> Iterator[list[Response]]:
        """See ``Engine.generate``. One response that cannot be had ends the whole with GenerationError."""
        todo: queue.SimpleQueue[Request] = queue.SimpleQueue()
        done: queue.SimpleQueue[Response | BaseException] = queue.SimpleQueue()
        for request in requests:
            todo.put(request)
        stop = threading.Event()
        # Daemon threads: a server that never answers must not keep a stopped step alive.
        for _ in range(min(self._workers, len(requests))):
            threading.Thread(target=self._work, args=(todo, done, stop), daemon=True).start()
        left = len(requests)
        try:
            while left:
                batch = _drain(done)
                left -= len(batch)
                yield batch
        finally:
            stop.set()

    def samples(self, prompt: str) -> bool:
        """Whether the server samples at all when it is asked to: three seeds at temperature 2 give more than one beginning.

        Some servers leave sampling to the model's own generation config and ignore the temperature that they are sent.
        """
        hot = Sampling(temperature=2.0, top_p=1.0, max_new_tokens=24, seed=0)
        probes = [Request("whether the server samples", prompt, sample, hot) for sample in range(3)]
        return len({self._one(probe, threading.Event()).text for probe in probes}) > 1

    def close(self) -> None:
        """Ends every wait for another try."""
        self._closed.set()

    def _work(
        self, todo: queue.SimpleQueue[Request], done: queue.SimpleQueue[Response | BaseException], stop: threading.Event
    ) -> None:
        while not (stop.is_set() or self._closed.is_set()):
            try:
                request = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(self._one(request, stop))
            except BaseException as error:
                done.put(error)
                return

    def _one(self, request: Request, stop: threading.Event) -> Response:
        wait = self._first_wait
        for left in range(_TRIES - 1, -1, -1):
            try:
                return self._response(request, self._ask(request))
            except Transient as error:
                if gone := self._trouble():
                    raise GenerationError(gone) from None
                if not left or stop.is_set() or self._closed.is_set():
                    raise GenerationError(
                        f"The server at generation.server_url {error}, {_TRIES - left} times over for {request.problem_id}; "
                        "every finished response is kept, run the step again when it is well."
                    ) from None
                self._closed.wait(min(error.wait if error.wait is not None else wait, _LONGEST_WAIT))
                wait = min(2 * wait, _LONGEST_WAIT)
            except Refused as error:
                raise GenerationError(
                    f"The server at generation.server_url {error} (asked for {request.problem_id}); check generation.server_model, "
                    "the key and the prompt's length."
                ) from None
        raise AssertionError("unreachable: the last try returns or raises")

    def _ask(self, request: Request) -> dict[str, Any]:
        asking = self._logprobs
        try:
            return post(self._url, self._body(request, logprobs=asking), self._key, _TIMEOUT)
        except Refused as error:
            if not asking or error.status not in (400, 404, 422, 501):
                raise
        answer = post(self._url, self._body(request, logprobs=False), self._key, _TIMEOUT)
        with self._telling:
            if self._logprobs:
                self._logprobs = False
                self._say("The server gives no log-probabilities; responses are kept without them.")
        return answer

    def _body(self, request: Request, *, logprobs: bool) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {"model": self._asked, "max_tokens": sampling.max_new_tokens, "temperature": sampling.temperature}
        if sampling.temperature > 0:
            body |= {"top_p": sampling.top_p, "seed": response_seed(request)}
        if self._url.endswith("/chat/completions"):
            return body | {"messages": [{"role": "user", "content": request.prompt}]} | ({"logprobs": True} if logprobs else {})
        if self._chat is None:
            body["prompt"] = request.prompt
        else:
            body["prompt"] = self._chat.encode(request.prompt)
            body["stop"] = [self._chat.tokenizer.convert_ids_to_tokens(self._chat.end_of_turn)]
        return body | ({"logprobs": 1} if logprobs else {})

    def _response(self, request: Request, answer: dict[str, Any]) -> Response:
        choice = _first_choice(answer)
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else choice.get("text")
        if text is None and isinstance(message, dict):
            text = ""
        finish = _FINISH.get(str(choice.get("finish_reason")))
        if not isinstance(text, str) or finish is None:
            raise Refused(f"gave no usable response (finish_reason {choice.get('finish_reason')!r})")
        logprobs = _logprobs(choice)
        usage = answer.get("usage")
        tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
        if not isinstance(tokens, int) or tokens < 0:
            tokens = len(logprobs or ())
        return Response(
            key=response_key(self.model, self.name, request),
            problem_id=request.problem_id,
            sample=request.sample,
            text=text,
            tokens=tokens,
            finish="stop" if finish == "stop" else "length",
            logprob=sum(logprobs) / len(logprobs) if logprobs else None,
            sampling=request.sampling,
            model=self.model,
            engine=self.name,
        )

    def _say(self, text: str) -> None:
        if self._note is not None:
            self._note(text)


def _drain(done: queue.SimpleQueue[Response | BaseException]) -> list[Response]:
    """What has finished, waiting a second at most. Raises what a worker raised."""
    batch: list[Response] = []
    wait = _HEARTBEAT
    while True:
        try:
            item = done.get(timeout=wait) if wait else done.get_nowait()
        except queue.Empty:
            return batch
        if isinstance(item, BaseException) and batch:
            done.put(item)  # what finished before it is handed over first
            return batch
        if isinstance(item, GenerationError):
            raise item
        if isinstance(item, BaseException):
            raise GenerationError(f"Asking the server failed: {type(item).__name__}: {item}") from item
        batch.append(item)
        wait = 0.0


def _first_choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Transient("answered without a choice")
    return choices[0]


def _logprobs(choice: dict[str, Any]) -> list[float] | None:
    """Log-probabilities of the tokens in the chat form or the completions form; None where there are none."""
    given = choice.get("logprobs")
    if not isinstance(given, dict):
        return None
    content = given.get("content")
    values = [t.get("logprob") for t in content if isinstance(t, dict)] if isinstance(content, list) else given.get("token_logprobs")
    if not isinstance(values, list):
        return None
    return [float(v) for v in values if isinstance(v, (int, float))] or None


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise SettingsError(f"generation.server_key_env names {variable}, which is not set; export it with the server's key.")
    if not (key.isascii() and key.isprintable() and " " not in key):
        # The HTTP library would refuse it too, and repeat it in its message.
        raise SettingsError(f"The environment variable {variable} holds no usable key: it has spaces, line ends or unusual characters.")
    return key
