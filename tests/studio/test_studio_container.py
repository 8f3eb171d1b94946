"""The Dockerfile names files, extras, commands and options that are there; nothing here needs Docker."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from podcast_dspy.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
STEPS = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text("utf-8"))


def said(instruction: str) -> list[str]:
    """What stands behind an instruction, in order."""
    return re.findall(rf"^{instruction} (.*)$", STEPS, re.MULTILINE)


def test_what_is_copied_is_there_and_is_all_that_an_installation_needs() -> None:
    copied = [path for line in said("COPY") for path in line.split()[:-1]]
    assert all((ROOT / path).exists() for path in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"pyproject.toml", project["readme"], "podcast_dspy"} <= set(copied)
    assert set(project["license-files"]) <= set(copied)
    (extras,) = re.findall(r"/source\[([\w,]+)\]", STEPS)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_it_runs_as_a_user_on_a_volume_of_that_user() -> None:
    (user,), (volume,) = said("USER"), said("VOLUME")
    assert f"useradd --create-home {user}" in STEPS
    assert f"mkdir {volume}" in STEPS
    assert f"chown {user} {volume}" in STEPS
    assert f"PODCAST_DSPY_WORKSPACE={volume}" in said("ENV")


@pytest.mark.parametrize("line", ["RUN", "CMD"])
def test_its_commands_are_commands_and_its_port_is_the_studios(line: str) -> None:
    command = get_command(app)
    if line == "RUN":
        calls = [shlex.split(one)[1:] for one in said("RUN") if one.startswith("podcast-dspy ")]
    else:
        calls = [re.findall(r'"([^"]+)"', said("CMD")[0])]
    for call in calls:
        names = [word for word in call if not word.startswith("-") and not word[0].isdigit()]
        options = [word for word in call if word.startswith("--")]
        told = CliRunner().invoke(app, [*names, "--help"]).output
        assert all(option in told for option in options)
        assert "Usage" in told
    (port,) = said("EXPOSE")
    studio = next(one for one in command.commands["studio"].params if one.name == "port")
    assert studio.default == int(port)
    assert port in said("HEALTHCHECK")[0]
