from __future__ import annotations

from typer.testing import CliRunner

from sandbox.__main__ import app


def test_generate_writes_a_folder_per_night_and_prints_the_expected_changes(tmp_path):
    options = ["--students", "700", "--nights", "2", "--percent", "2", "--format", "tsv", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, ["generate", *options])
    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-09-01", "2026-09-02"]
    assert (tmp_path / "2026-09-02" / "roster.tsv").exists()
    output = result.output.replace(" ", "")
    assert "enrollmentsmove" in output
    assert "usersarchive4" in output


def test_an_unknown_layout_is_refused_with_exit_code_2(tmp_path):
    result = CliRunner().invoke(app, ["generate", "--layout", "wide", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "no layout 'wide'" in result.output
