"""The project's own files: what is pinned, what the image does, what a source archive holds."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import chowk

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def normal(name: str) -> str:
    """A distribution's name as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> dict[str, str]:
    """Every direct requirement, extras included: normal name -> version part."""
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    found = {}
    for requirement in (r for one in lists for r in one):
        hit = re.match(r"([A-Za-z0-9._-]+)(\[[^\]]*\])?(.*)", requirement)
        assert hit is not None
        found[normal(hit[1])] = hit[3].strip()
    found.pop("chowk")
    return found


def pins() -> dict[str, str]:
    """constraints.txt: normal name -> version."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {
        normal(line.partition("==")[0]): line.partition("==")[2]
        for line in lines
        if line and not line.startswith("#")
    }


def test_nothing_is_pinned_from_above():
    above = {name: rule for name, rule in requirements().items() if re.search(r"<|==|~=", rule)}
    assert above == {}


def test_every_requirement_has_the_version_that_ci_ran():
    missing = set(requirements()) - set(pins())
    assert missing == set(), "run scripts/pin"
    assert all(re.fullmatch(r"[0-9][\w.+!-]*", version) for version in pins().values())


def test_the_version_is_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]\d+|rc\d+|\.dev\d+)?", chowk.__version__)
    assert PROJECT["dynamic"] == ["version"]


def test_the_licence_is_whole():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text and "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["license"] == "Apache-2.0"


def test_the_changelog_has_a_place_for_this_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings == sorted(set(headings), key=headings.index)


# -- the image ---------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (INSTRUCTION, rest), continued lines joined, comments dropped."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n", " ", text)
    pairs = (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
    return [(word.upper(), rest.strip()) for word, _, rest in pairs]


def final_stage() -> list[tuple[str, str]]:
    steps = instructions()
    last = max(at for at, (word, _) in enumerate(steps) if word == "FROM")
    return steps[last:]


def test_the_image_does_not_run_as_root():
    users = [rest for word, rest in final_stage() if word == "USER"]
    assert users, "no USER: the image would run as root"
    assert users[-1].split(":")[0] not in ("root", "0")


def test_the_image_has_a_volume_a_health_check_and_a_port():
    words = dict(final_stage())
    assert words["VOLUME"] == '["/store"]'
    assert "/healthz" in words["HEALTHCHECK"]
    assert words["EXPOSE"] == "8000"
    assert words["ENTRYPOINT"] == '["chowk"]'


def test_the_health_check_is_python_that_compiles():
    (check,) = [rest for word, rest in final_stage() if word == "HEALTHCHECK"]
    command = shlex.split(check.partition("CMD ")[2].strip("[]").replace(",", " ", 2))
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")


def test_everything_that_the_image_copies_is_sent_to_it():
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert source in allowed, f".dockerignore keeps {source} out"
                assert (ROOT / source).exists(), f"the Dockerfile copies {source}, not there"


# -- scripts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [".ci/run", "scripts/find_python", "scripts/pin"])
def test_a_script_is_executable_and_parses(script):
    path = ROOT / script
    assert path.stat().st_mode & 0o111, f"{script} is not executable"
    shell = "bash" if "bash" in path.read_text("utf-8").splitlines()[0] else "sh"
    subprocess.run([shell, "-n", str(path)], check=True)


def run_find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh")
    assert shell is not None
    return subprocess.run(
        [shell, str(ROOT / "scripts" / "find_python")],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fake(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_find_python_passes_over_what_does_not_start(tmp_path):
    fake(tmp_path, "python3.12", "exit 127")
    fake(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
    found = run_find_python(tmp_path)
    assert found.returncode == 0
    assert found.stdout.strip() == str(tmp_path / "python3")


def test_find_python_takes_the_one_that_is_named(tmp_path):
    fake(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
    fake(tmp_path, "mine", f'exec "{sys.executable}" "$@"')
    assert run_find_python(tmp_path, PYTHON="mine").stdout.strip() == str(tmp_path / "mine")


def test_find_python_says_what_is_missing(tmp_path):
    found = run_find_python(tmp_path)
    assert found.returncode == 1
    assert found.stdout == ""
    assert "needs Python 3.11 or newer; found no python3" in found.stderr
    assert "make setup PYTHON=" in found.stderr


def test_find_python_says_that_venv_is_missing(tmp_path):
    # New enough, but `import ... venv` fails, as on Debian without python3-venv.
    fake(
        tmp_path,
        "python3",
        f'case "$2" in *venv*) exit 1;; esac; exec "{sys.executable}" "$@"',
    )
    found = run_find_python(tmp_path)
    assert found.returncode == 1
    assert "python3-venv" in found.stderr


def test_make_help_names_every_target():
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", text, re.MULTILINE)
    for target in set(targets) - {"help"}:
        assert f"#   make {target} " in text, f"make {target} is not in the help"
