"""Arithmetic, readers and content of the benchmarks, which themselves run by `make bench`."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest
from lxml import etree

from blog import create_app
from blog.comments.counting import recount
from blog.config import Config
from blog.db import db
from tests.benchmarks.content import LEVELS_BELOW, Maker, make_crowd
from tests.benchmarks.figures import Measure, ratios, read_wrk
from tests.benchmarks.importing import write_export
from tests.benchmarks.processes import processor_seconds, proportional_mib, read_stat, tree
from tests.benchmarks.report import heading, machine, markdown, plot, row

WRK = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   333.43us   88.51us   3.02ms   91.67%
    Req/Sec    48.34k     2.72k   52.11k    80.95%
  101023 requests in 2.10s, 1.05GB read
{rest}Requests/sec:  48107.65
Transfer/sec:    511.34MB
"""
STAT = "42 (a (b) c) S 7 42 42 0 -1 4194560 99 0 0 0 150 50 20 5 20 0 9 0 100 5000 2560 18446744"


def test_the_report_of_wrk_is_read_and_failures_are_no_speed() -> None:
    result = read_wrk(WRK.format(rest=""))
    assert (result.requests, result.per_second) == (101_023, 48_107.65)
    for bad in (
        "  Non-2xx or 3xx responses: 3\n",
        "  Socket errors: connect 0, read 0, write 0, timeout 2\n",
    ):
        with pytest.raises(ValueError, match="mean nothing"):
            read_wrk(WRK.format(rest=bad))
    with pytest.raises(ValueError, match="not understood"):
        read_wrk("")


def test_a_line_of_proc_is_read_whatever_the_program_is_called() -> None:
    stat = read_stat(STAT)
    assert (stat.pid, stat.parent, stat.ticks) == (42, 7, 225)
    assert stat.resident_kib == 2560 * os.sysconf("SC_PAGE_SIZE") / 1024


def test_this_process_is_in_its_own_tree_and_costs_time_and_memory() -> None:
    own = os.getpid()
    assert tree(own)[0].pid == own
    assert own in {stat.pid for stat in tree(os.getppid())}
    assert processor_seconds(own) > 0
    assert 1 < proportional_mib(own) < 10_000


def test_ratios_are_of_pairs_and_the_median_counts() -> None:
    assert ratios([2, 9, 4], [1, 3, 4]) == [2, 3, 1]
    with pytest.raises(ValueError, match="as many"):
        ratios([1, 2], [1])
    with pytest.raises(ValueError, match="as many"):
        ratios([], [])
    measure = Measure(name="x", samples=[2, 3, 1])
    assert (measure.median, measure.spread) == (2, 0.5)


@pytest.mark.parametrize(
    ("figure", "unit", "is_least", "verdict", "share"),
    [
        (1.2, "times", False, "met", 0.8),
        (3.0, "times", False, "NOT MET", 2.0),
        (3.0, "times", True, "met", 0.5),
        (0.75, "times", True, "NOT MET", 2.0),
        (3.0, "ms", False, "beyond", 2.0),
        (1.5, "ms", False, "within", 1.0),
    ],
)
def test_a_bound_is_kept_or_not(
    figure: float, unit: str, is_least: bool, verdict: str, share: float
) -> None:
    measure = Measure(name="x", samples=[figure], unit=unit, bound=1.5, is_least=is_least)
    assert measure.verdict == verdict
    assert measure.share_of_bound == pytest.approx(share)
    told = json.loads(json.dumps(measure.as_json()))
    assert told["kept"] == (verdict in {"met", "within"})
    assert Measure.from_json(told) == measure


def test_the_table_and_the_plot_say_each_measure() -> None:
    measures = [
        Measure(name="page & more", samples=[1.25, 1.5], bound=1.3),
        Measure(name="far beyond", samples=[5_000], unit="ms", bound=5),
        Measure(name="without a bound", samples=[2.0]),
    ]
    lines = [row(measure) for measure in measures]
    assert lines[0].split() == ["1.38", "±9", "%", "≤", "1.3", "NOT", "MET", "page", "&", "more"]
    assert lines[2].split() == ["2", "without", "a", "bound"]
    assert "what" in heading("A note.")
    assert "| page & more | 1.38 | ≤ 1.3 | NOT MET |" in markdown(measures)
    drawing = plot(measures)
    assert "page &amp; more" in drawing
    assert "without a bound" not in drawing
    root = etree.fromstring(drawing.encode())
    assert not root.xpath("//*[local-name()='script']")
    told = machine()
    assert told["cores"] >= 1
    assert told["python"]


def test_content_of_any_size_has_right_counts_and_places(tmp_path: Path) -> None:
    path = tmp_path / "blog.sqlite3"
    app = create_app(Config.from_env({"BLOG_INSTANCE_DIR": str(tmp_path)}))
    with app.app_context():
        from blog.schema import prepare

        prepare()
        maker = Maker()
        make_crowd(maker, 1_000)
        small = maker.posts("small")
        maker.conversation(small, 100)
        maker.waiting(small, 7)
        maker.long_thread(maker.posts("long"), 30)
        maker.finish()
        assert recount() == 0
        db.session.remove()
        db.engine.dispose()
    answer = app.test_client().get("/posts/small").get_data(as_text=True)
    assert answer.count('id="comment-') == 100
    connection = sqlite3.connect(path)
    counts = dict(connection.execute("SELECT slug, comment_count FROM post"))
    assert (counts["small"], counts["long"]) == (100, 31)
    found = connection.execute("SELECT max(depth) FROM comment").fetchone()
    misplaced = connection.execute(
        "SELECT count(*) FROM comment AS below JOIN comment AS above ON above.id = below.parent_id "
        "WHERE below.depth <> above.depth + 1 OR below.post_id <> above.post_id "
        "OR below.root_id <> coalesce(above.root_id, above.id)"
    ).fetchone()
    connection.close()
    assert found == (LEVELS_BELOW + 1,)
    assert misplaced == (0,)


def test_the_export_to_import_holds_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    write_export(path, 1_500)
    root = etree.parse(path).getroot()
    assert len(root.findall("{*}channel/{*}item")) == 2
    assert len(root.findall(".//{*}comment")) == 1_500
