"""Where the time goes: `python -m tests.benchmarks profile page|kept|same|post|start`.

The program is interrupted again and again while it answers, and each time it is noted which
functions of ours are on the stack, and which call into a library the innermost of them made. So no
part has to be named here, and none can be forgotten.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import EnvironBuilder

from blog import create_app
from blog.config import Config
from blog.db import db
from blog.schema import prepare
from tests.benchmarks.content import SMALL, TEXT, Maker

ROOT = Path(__file__).parents[2]
OURS = (f"{ROOT}/blog/", f"{ROOT}/templates/")
EVERY_SECONDS = 0.001  # the kernel may do it less often
REQUESTS = {"page": 1_500, "post": 1_500, "kept": 60_000, "same": 60_000}
PAGE = "/posts/small"
SHOWN = 28
SUBJECTS = ("page", "kept", "same", "post", "start")
IMPORTS = "import blog.serving; blog.serving.make_app()"


def profile(what: str) -> None:
    """Print the breakdown of a page that is not kept or is, of a 304, of a reply, of the start."""
    if what == "start":
        _profile_start()
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BLOG_INSTANCE_DIR": str(Path(folder) / "instance")}
        app = create_app(Config.from_env(environment))
        with app.app_context():
            prepare()
            maker = Maker()
            maker.conversation(maker.posts("small"), SMALL)
            maker.finish()
        acts = {"page": _reading, "kept": _reading_kept, "same": _asking_again, "post": _replying}
        _sample(acts[what](app), REQUESTS[what], is_waiting_counted=what == "post")
        with app.app_context():
            db.engine.dispose()


def _reading(app: Flask) -> Callable[[int], None]:
    client = app.test_client()

    def read(_number: int) -> None:
        # What the page cache does not keep: a query.
        answer = client.get(f"{PAGE}?replytocom=0", headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200

    return read


def _reading_kept(app: Flask) -> Callable[[int], None]:
    return _calling(app, {"Accept-Encoding": "gzip"}, "200 OK")


def _asking_again(app: Flask) -> Callable[[int], None]:
    headers = {"Accept-Encoding": "gzip"}
    etag = app.test_client().get(PAGE, headers=headers).headers["ETag"]
    return _calling(app, {**headers, "If-None-Match": etag}, "304 Not Modified")


def _calling(app: Flask, headers: Mapping[str, str], expected: str) -> Callable[[int], None]:
    """Requests as the server hands them on: next to a kept page the test client costs too much."""
    environ = EnvironBuilder(PAGE, headers=list(headers.items())).get_environ()
    config: Config = app.extensions["blog_config"]
    environ["HTTP_HOST"] = urlsplit(config.base_url).netloc
    answered = []

    def start_response(status: str, *_rest: object) -> Callable[[bytes], None]:
        answered.append(status)
        return lambda _data: None

    def call(_number: int) -> None:
        answered.clear()
        b"".join(app.wsgi_app(dict(environ), start_response))
        assert answered == [expected], answered

    return call


def _replying(app: Flask) -> Callable[[int], None]:
    client = app.test_client(use_cookies=False)

    def reply(number: int) -> None:
        typed = {
            "comment": f"{TEXT} {number}",
            "author": f"Reader {number}",
            "email": f"reader{number}@sample.example",
        }
        assert client.post(f"{PAGE}/comments", data=typed).status_code == 303

    return reply


def _sample(act: Callable[[int], None], requests: int, *, is_waiting_counted: bool) -> None:
    within: Counter[str] = Counter()
    own: Counter[str] = Counter()
    calls: Counter[str] = Counter()

    def note(_signal: int, frame: FrameType | None) -> None:
        functions, called = _where(frame)
        within.update(set(functions))
        own[functions[0]] += 1
        calls[f"{functions[0]} › {called}"] += 1

    for number in range(50):  # templates are compiled and connections open
        act(number)
    gc.collect()
    timer, kind = signal.ITIMER_PROF, signal.SIGPROF
    if is_waiting_counted:
        timer, kind = signal.ITIMER_REAL, signal.SIGALRM
    signal.signal(kind, note)
    wall, cpu = time.perf_counter(), time.process_time()
    signal.setitimer(timer, EVERY_SECONDS, EVERY_SECONDS)
    for number in range(50, 50 + requests):
        act(number)
    signal.setitimer(timer, 0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    whole = wall if is_waiting_counted else cpu
    _say(
        f"{cpu / requests * 1000:.3f} ms of processor and {wall / requests * 1000:.3f} ms passed "
        f"per request, the asker's own part (below: none of ours) included. Parts are of "
        f"the {'time that passed' if is_waiting_counted else 'processor time'}."
    )
    tables = {
        "each function of ours with all that it calls": within,
        "by the innermost function of ours, with the libraries it calls": own,
        "by what that one called": calls,
    }
    for title, counted in tables.items():
        _say(f"\n{title}:")
        for name, count in counted.most_common(SHOWN):
            share = count / own.total()
            _say(f"{share * 100:5.1f} % {share * whole / requests * 1000:8.4f} ms  {name}")


def _where(frame: FrameType | None) -> tuple[list[str], str]:
    """The functions of the project on this stack, innermost first, and what that one called."""
    functions: list[str] = []
    called = inner = "itself"
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(OURS):
            called = called if functions else inner
            functions.append(f"{code.co_filename.removeprefix(f'{ROOT}/')} {code.co_qualname}")
        inner = code.co_qualname
        frame = frame.f_back
    return functions or ["none of ours (Flask, Werkzeug, the asker)"], called


def _profile_start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BLOG_INSTANCE_DIR": folder, "PATH": "/usr/bin:/bin"}
        told = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", IMPORTS],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        _say("imports of a worker that take longest (own time of each top package, ms):")
        own: Counter[str] = Counter()
        for line in told.stderr.splitlines():
            if line.startswith("import time:") and "self" not in line:
                self_us, _, name = line.removeprefix("import time:").split("|")
                top = ".".join(name.strip().split(".")[: 2 if name.strip()[:4] == "blog" else 1])
                own[top] += int(self_us)
        for name, micros in own.most_common(SHOWN):
            _say(f"{micros / 1000:8.1f}  {name}")
        _say(f"{own.total() / 1000:8.1f}  in all")
        _say("\nmemory that each import leaves resident (MiB, more than 0.3):")
        script = Path(__file__).with_name("import_memory.py")
        subprocess.run([sys.executable, str(script)], cwd=ROOT, env=environment, check=True)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command
