"""The audit names holes, and never takes silence for an answer."""

import subprocess
from types import SimpleNamespace

import pytest

from tools.maintainer import audit

WELL = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE = {"id": "CVE-2026-1", "fix_versions": ["4.2.2"]}
BAD = {"name": "daphne", "version": "4.2.1", "vulns": [HOLE]}
UNKNOWN = {"name": "daphne", "skip_reason": "not found"}


def test_hole_is_named_with_the_version_that_mends_it():
    lines, well = audit.report([WELL, BAD])

    assert not well
    assert lines[0] == "daphne 4.2.1: CVE-2026-1, fixed in 4.2.2"


def test_packages_without_holes_are_well():
    assert audit.report([WELL]) == (
        ["Looked up 1 of 1 packages: 0 known vulnerabilities"],
        True,
    )


def test_package_that_could_not_be_looked_up_is_not_well():
    lines, well = audit.report([WELL, UNKNOWN])

    assert not well
    assert lines[0] == "daphne: could not be looked up"


@pytest.mark.parametrize(
    "printed", ["", '{"dependencies": [{"name": "a", "skip_reason": ""}]}']
)
def test_audit_without_network_says_so(monkeypatch, capsys, printed):
    monkeypatch.setattr(audit.shutil, "which", lambda name: "/bin/uv")
    answer = SimpleNamespace(stdout=printed, stderr="no route", returncode=1)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: answer)

    assert audit.main() == 1
    assert "Nothing was audited" in capsys.readouterr().out
