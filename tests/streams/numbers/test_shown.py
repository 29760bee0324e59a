"""What `cellhound numbers show` says of single numbers."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings
from streams.numbers.shown import Shown, shown


def test_a_number_is_described_without_itself() -> None:
    found = shown(shipped_plan(), NumberSettings(), ["01062345678", "7552345", "+1x"], nai=3)
    assert found[0] == Shown(
        reading="after_trunk",
        length=12,
        number_class="fixed",
        country="CN",
        carrier=None,
        region="Beijing",
        malformed=("clash",),
    )
    assert (found[1].reading, found[1].malformed) == ("national", ("too_short",))
    assert (found[2].reading, found[2].number_class, found[2].malformed) == (
        *(None, None),
        ("not_digits",),
    )


def test_of_a_number_that_is_not_known_no_class_is_made_up() -> None:
    (found,) = shown(shipped_plan(), NumberSettings(), ["62345678"], nai=1)
    assert found.number_class is found.country is found.reading is None
    assert found.malformed == ()


def test_the_command_takes_the_settings_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("prefix,digits,class\n86139,13,mvno\n", "utf-8")
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"numbers: {{plan: '{tmp_path / 'plan.csv'}'}}\n", "utf-8")
    words = ["numbers", "show", "13912345678", "110", "--config", str(settings)]
    ran = CliRunner().invoke(main, words)
    assert ran.exit_code == 0, ran.output
    assert [json.loads(line)["class"] for line in ran.stdout.splitlines()] == ["mvno", "short"]
    assert "139" not in ran.stdout


@pytest.mark.parametrize("content", ["", "prefix,digits,class\n86139,13,fax\n"])
def test_a_wrong_plan_is_wrong_use(tmp_path: Path, content: str) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text(content, "utf-8")
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"numbers: {{plan: '{plan}'}}\n", "utf-8")
    ran = CliRunner().invoke(main, ["numbers", "show", "110", "--config", str(settings)])
    assert ran.exit_code == 2
    assert f"{plan}" in ran.stderr


def test_check_counts_the_ranges(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("prefix,digits,class\n86139 86138,13,mvno\n86154,13,iot\n", "utf-8")
    ran = CliRunner().invoke(main, ["numbers", "check", str(plan)])
    assert (ran.exit_code, ran.stdout) == (0, "3 ranges\n")
