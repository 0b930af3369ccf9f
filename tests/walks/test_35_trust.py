"""Walks of docs/35_trust.md."""


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("35"))
