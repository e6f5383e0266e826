"""`blog import wordpress` and `blog export json`, run as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.exchange.made_exports import comment, export, item

DATA = Path(__file__).parent / "data"


def blog(instance: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    return subprocess.run(
        [sys.executable, "-c", "from blog.cli import main; main()", *arguments],
        env={**known, "BLOG_INSTANCE_DIR": str(instance), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_is_imported_is_kept_and_can_be_exported(tmp_path: Path) -> None:
    path = export(tmp_path, item(4, comment(1), comment(2, 1)))
    instance = tmp_path / "instance"
    tried = blog(instance, "import", "wordpress", str(path), "--dry-run")
    assert (tried.returncode, tried.stdout.splitlines()[0][:19]) == (0, "Nothing was written")
    assert "100 %" in tried.stderr
    done = blog(instance, "import", "wordpress", str(path))
    assert done.returncode == 0
    assert "2 comments: 2 approved" in done.stdout
    out = tmp_path / "out.json"
    written = blog(instance, "export", "json", str(out), "--with-addresses")
    assert (written.returncode, written.stdout) == (0, "Wrote 1 posts and 2 comments.\n")
    found = json.loads(out.read_text("utf-8"))["comments"]
    assert [each["email"] for each in found] == ["reader@mail.example"] * 2


def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    refused = blog(tmp_path / "instance", "import", "wordpress", str(DATA / "mismatched-tags.xml"))
    assert refused.returncode == 1
    assert refused.stdout == ""
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("blog: mismatched-tags.xml: ")
    assert "line 30" in last
    assert "Nothing was imported" in last
    assert "Traceback" not in refused.stderr
