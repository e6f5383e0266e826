"""The wheel carries everything: installed elsewhere, it migrates, publishes and answers."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SCRIPT = """
import pathlib, sys
import blog
assert pathlib.Path(blog.__file__).is_relative_to(sys.argv[1]), blog.__file__
from blog.cli.publish import publish_sample
from blog.schema import prepare
app = blog.create_app()
with app.app_context():
    prepare()
    publish_sample(app.extensions["blog_config"])
client = app.test_client()
for path in ("/", "/posts/build-a-story-bank", "/static/site.css", "/static/reply.js", "/login",
             "/feed", "/media/posts/build-a-story-bank/story-shape.svg", "/archive"):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
print("all there")
"""


def run(*words: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_installed_elsewhere_serves_and_migrates(tmp_path: Path) -> None:
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), ".", cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.startswith(("tests/", "instance/"))]
    elsewhere = tmp_path / "elsewhere"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(elsewhere), str(wheel),
        cwd=tmp_path)  # fmt: skip
    printed = run(
        "-c",
        SCRIPT,
        str(elsewhere),
        cwd=tmp_path,
        PYTHONPATH=str(elsewhere),
        BLOG_INSTANCE_DIR=str(tmp_path / "instance"),
    )
    assert "all there" in printed
