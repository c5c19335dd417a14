"""Asks arXiv politely and stubbornly: turns, time limits, retries, and nothing taken on trust."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from mllm_mine.errors import ConfigurationError, SourceError, SourceUnavailableError
from mllm_mine.source.politeness import ARXIV_BACKOFF, Idle, Politeness, is_arxiv_host

if TYPE_CHECKING:
    import requests

    from mllm_mine.config import Settings
    from mllm_mine.progress import Progress

Answer = TypeVar("Answer")

_CHUNK = 1 << 16
_LONGEST_BACKOFF = 60  # times the first
_MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_FINAL = range(400, 500)
_PASSING = (406, 408, 425, 429)
_LEAVE_US_ALONE = 403
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BadAnswerError(Exception):
    """An answer that is not what was asked for; asking again may help."""


class BadFileError(BadAnswerError):
    """A bad answer that says something of one file, not of the server: asked for once more only."""


class NotFoundError(SourceError):
    """The address does not exist (404, 410)."""


class StopAskingError(SourceUnavailableError):
    """arXiv wants no more requests today: 403, or a ``Retry-After`` of hours."""


class PatienceOverError(SourceUnavailableError):
    """No good answer after all retries.

    Attributes:
        reason: what the last answer was.
        answered: whether there was an answer at all that could be read to its end.
    """

    def __init__(self, message: str, reason: str, answered: bool) -> None:
        super().__init__(message)
        self.reason = reason
        self.answered = answered


class Transport:
    """Sends requests to one site.

    Attributes:
        requests: how many were sent.
        faults: how many of them were answered badly or not at all.
        backoff: seconds of the first wait after a fault.
    """

    def __init__(
        self, settings: Settings, url: str, progress: Progress, idle: Idle | None = None
    ) -> None:
        self._fetch = settings.fetch
        self._politeness = Politeness(url, settings.arxiv.delay, idle)
        backoff = settings.arxiv.backoff
        self.backoff = max(backoff, ARXIV_BACKOFF) if is_arxiv_host(url) else backoff
        self._progress = progress
        self._host = urlsplit(url).hostname
        self._session: requests.Session | None = None
        self._level = 0  # of the cool-down: faults raise it, good answers lower it
        self.requests = 0
        self.faults = 0

    def ask(
        self,
        url: str,
        *,
        accept: str,
        receive: Callable[[Iterator[bytes]], Answer],
        max_bytes: int,
        retries: int | None = None,
    ) -> Answer:
        """Asks until a good answer comes or patience runs out.

        Args:
            receive: reads the body and returns what it holds; raises
                :class:`BadAnswerError` when it is not what was asked for.
            max_bytes: the longest body, unpacked, that is read.
            retries: how often to ask again; the setting ``fetch.max_retries`` when left out.

        Raises:
            SourceError: a request that arXiv calls wrong (400 and its like), with its message.
            NotFoundError: 404.
            SourceUnavailableError: still no good answer after all retries, or 403.
        """
        retries = self._fetch.max_retries if retries is None else retries
        for attempt in range(retries + 1):
            try:
                answer = self._ask_once(url, accept, receive, max_bytes)
                self._level = max(0, self._level - 1)
                return answer
            except _FaultError as fault:
                self.faults += 1
                limit = min(retries, 1) if fault.of_file else retries
                if attempt >= limit:
                    raise PatienceOverError(
                        f"{self._host} gave no good answer in {attempt + 1} tries, lastly: "
                        f"{fault.reason}; what was fetched is saved, the next run goes on",
                        fault.reason,
                        fault.answered,
                    ) from None
                self._cool_down(fault, f"{attempt + 1} of {limit}")
        raise AssertionError("unreachable")

    def doubt(self, reason: str) -> None:
        """Good answers that contradict each other: waits as after a fault."""
        self.faults += 1
        self._cool_down(_FaultError(reason), "")

    def turn(self) -> AbstractContextManager[None]:
        """A turn of the site's, for work that must not happen during anyone's request."""
        return self._politeness.turn()

    def close(self) -> None:
        """Closes the connection."""
        if self._session is not None:
            self._session.close()

    def _cool_down(self, fault: _FaultError, attempt: str) -> None:
        if fault.retry_after > 3600:
            self._politeness.cool_down(fault.retry_after)
            raise StopAskingError(
                f"{self._host} asks to be left alone for {fault.retry_after / 3600:.0f} hours; "
                "what was fetched is saved, run again later"
            )
        times = 1 if fault.of_file else min(2**self._level, _LONGEST_BACKOFF)
        # The random part keeps clients from marching in step.
        wait = max(self.backoff * times * random.uniform(1.0, 1.25), fault.retry_after)
        if not fault.of_file:
            self._level = min(self._level + 1, 10)
        note = f"{self._host}: {fault.reason}; asking again in {_seconds(wait)}"
        self._progress.note(f"{note} ({attempt})" if attempt else note)
        self._politeness.cool_down(wait)

    def _ask_once(
        self,
        url: str,
        accept: str,
        receive: Callable[[Iterator[bytes]], Answer],
        max_bytes: int,
    ) -> Answer:
        import requests

        self._session = self._session or self._new_session()
        for _ in range(_MAX_REDIRECTS + 1):
            with self._politeness.turn():
                self.requests += 1
                try:
                    with self._session.get(
                        url,
                        headers={"Accept": accept},
                        timeout=(self._fetch.connect_timeout, self._fetch.read_timeout),
                        stream=True,
                        allow_redirects=False,
                    ) as response:
                        if response.status_code not in _REDIRECTS:
                            _check_status(response)
                            return receive(self._body(response, max_bytes))
                        url = self._same_host(url, response.headers.get("Location", ""))
                except BadAnswerError as error:
                    of_file = isinstance(error, BadFileError)
                    raise _FaultError(str(error), answered=True, of_file=of_file) from error
                except (requests.URLRequired, requests.exceptions.InvalidURL) as error:
                    raise ConfigurationError(f"{url} is no address: {error}") from error
                except requests.Timeout:
                    raise _FaultError("no answer in time") from None
                except (requests.RequestException, OSError) as error:
                    self._session.close()  # the connection is in an unknown state
                    raise _FaultError(_said(error)) from error
        raise _FaultError(f"more than {_MAX_REDIRECTS} redirections")

    def _body(self, response: requests.Response, max_bytes: int) -> Iterator[bytes]:
        """The unpacked body, bounded in size and time: a gzip bomb or a trickle ends here."""
        deadline = time.monotonic() + 4 * self._fetch.read_timeout
        size = 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise BadAnswerError(f"an answer of more than {max_bytes >> 20} MB")
            if time.monotonic() > deadline:
                raise BadAnswerError("the answer only trickles in")
            yield chunk

    def _new_session(self) -> requests.Session:
        """A session that says who we are, as arXiv asks of programs."""
        import requests

        from mllm_mine import __version__

        session = requests.Session()
        who = f"; {self._fetch.contact}" if self._fetch.contact else ""
        name = f"mllm-mine/{__version__} (literature mining for surveys{who})"
        session.headers["User-Agent"] = name.encode("latin-1", "replace").decode("latin-1")
        session.trust_env = self._host not in _LOOPBACK  # no proxy leads to our own machine
        return session

    def _same_host(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        if urlsplit(target).hostname != urlsplit(url).hostname:
            raise SourceError(
                f"{self._host} redirects to {target[:100]!r}, which is another host; not followed"
            )
        return target


class _FaultError(Exception):
    """A fault worth another try, and how long arXiv asks us to wait (seconds)."""

    def __init__(
        self,
        reason: str,
        retry_after: float = 0.0,
        *,
        answered: bool = False,
        of_file: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.answered = answered
        self.of_file = of_file


def _check_status(response: requests.Response) -> None:
    """Sorts a status into good, passing and final faults."""
    status = response.status_code
    if status == 200:
        return
    if status == _LEAVE_US_ALONE:
        raise StopAskingError(
            "arXiv answers 403 (forbidden): it has had enough of us. Run less often, set "
            "fetch.contact in mine.toml, and try again tomorrow; what was fetched is saved"
        )
    if status in _FINAL and status not in _PASSING:
        message = _message(response)
        if status in (404, 410):
            raise NotFoundError(f"{response.url} does not exist ({status})")
        raise SourceError(f"arXiv refuses the request ({status}): {message}")
    retry_after = _retry_after(response.headers.get("Retry-After", ""))
    raise _FaultError(f"HTTP {status} {response.reason or ''}".strip(), retry_after)


def _message(response: requests.Response) -> str:
    """arXiv's own words about a wrong request: an Atom entry titled Error, or plain text."""
    from mllm_mine.errors import InputFileError
    from mllm_mine.source.atom import read_page

    body = b""
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > 1 << 20:
            break
    try:
        said = read_page(body).error
    except InputFileError:
        said = "" if b"<" in body[:200] else body[:300].decode("utf-8", "replace").strip()
    return said or (response.reason or "no reason given")


def _retry_after(text: str) -> float:
    """Seconds, or an HTTP date; 0 and nonsense mean nothing."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _said(error: Exception) -> str:
    """What a network error means to a person."""
    text = str(error)
    for sign, meaning in (
        ("NameResolution", "its name cannot be resolved; is the network up?"),
        ("Connection refused", "connection refused"),
        ("reset by peer", "the connection was reset"),
        ("Remote end closed", "the connection was closed without an answer"),
        ("IncompleteRead", "the answer was cut short"),
        ("Read timed out", "no answer in time"),
        ("certificate", "its certificate cannot be verified"),
    ):
        if sign in text:
            return meaning
    return f"the connection failed ({type(error).__name__})"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.2f} s"
