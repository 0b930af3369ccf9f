"""What each session took is told in a table."""

import json

from tools.results.store import Result, Store
from tools.results.times import rows


def test_table_has_a_row_for_each_session_and_one_for_all(tmp_path):
    for name, wall in (("tests", 60.0), ("docs", 20.0)):
        text = json.dumps({"wall": wall, "cpu": wall * 2, "when": 0})
        (tmp_path / f"{name}.json").write_text(text, "utf-8")
    Store("tests", tmp_path / "results").keep("01_echo", Result("key", 5))

    head, docs, tests, everything = rows(tmp_path, tmp_path / "results")

    assert head.split() == ["session", "seconds", "CPU", "tests", "when"]
    assert docs.split()[:3] == ["docs", "20.0", "40.0"]
    assert tests.split()[:4] == ["tests", "60.0", "120.0", "5"]
    assert everything.split() == ["all", "80.0", "160.0"]
