"""`.ci/run`: what it does on a machine where nothing is missing, and on one where something is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / ".ci" / "run"
TOOLS = ("bash", "sed", "wc", "dirname", "env", "cat")
README = """
## Two commands

python3 -m venv .venv && echo first
python3 -m venv .venv-tox && echo second

## More
"""


class Machine:
    """A checkout with nothing in it, on a machine with few programs, each of which writes down how it is called."""

    def __init__(self, root: Path, *, user: int, there: tuple[str, ...]) -> None:
        self.root = root
        self.programs = root / "bin"
        self.calls = root / "calls"
        (root / ".ci").mkdir()
        shutil.copy(RUN, root / ".ci" / "run")
        (root / "README.md").write_text(README)
        self.programs.mkdir()
        for tool in TOOLS:
            (self.programs / tool).symlink_to(str(shutil.which(tool)))
        self.program("id", f"echo {user}")
        self.program("python3", "")
        self.program(".venv-tox/bin/tox", "", at=root)
        for name in there:
            self.program(name, "")

    def program(self, name: str, does: str, *, at: Path | None = None) -> None:
        path = (at or self.programs) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!{shutil.which("bash")}\necho "{path.name} $*" >>"{self.calls}"\n{does}\n')
        path.chmod(0o755)

    def run(self, **environment: str) -> tuple[int, str, list[str]]:
        """The exit code, what was said, and the calls."""
        done = subprocess.run(
            [str(self.root / ".ci" / "run")],
            env={"PATH": str(self.programs), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, self.calls.read_text().splitlines()


def test_where_nothing_is_missing_everything_is_asked(tmp_path: Path) -> None:
    code, said, calls = Machine(tmp_path, user=1000, there=("npm", "mix", "chromium")).run()
    assert code == 0, said
    assert "NOT PROVEN" not in said
    assert said.index("first") < said.index("second")
    environments = [call.removeprefix("tox -e ") for call in calls if call.startswith("tox")]
    assert environments[:3] == ["ports", "browser", "sweep"]
    assert environments[3].startswith("oracle-")
    assert environments[3].endswith(",golden")


@pytest.mark.parametrize(("lacking", "said"), [("npm", "npm"), ("mix", "elixir"), ("chromium", "chromium")])
@pytest.mark.parametrize("required", [False, True])
def test_what_cannot_be_proven_is_said(tmp_path: Path, lacking: str, said: str, required: bool) -> None:
    there = tuple(name for name in ("npm", "mix", "chromium") if name != lacking)
    code, out, calls = Machine(tmp_path, user=1000, there=there).run(**({"REQUIRE_ALL": "1"} if required else {}))
    assert code == int(required)
    assert f"there is no {said} on this machine" in out.splitlines()[-1]
    assert out.splitlines()[-1].startswith("NOT PROVEN: ")
    # All the rest is asked.
    assert [call for call in calls if call.startswith("tox")][-1].endswith(",golden")
    assert ("tox -e browser" in calls) == (lacking != "chromium")
    assert ("tox -e ports" in calls) == (lacking == "chromium")


def test_root_installs_what_is_missing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=0, there=("chromium",))
    install = f"""
    case "$*" in
        *elixir) ln -s {shutil.which("true")} {machine.programs}/mix;;
        *npm) ln -s {shutil.which("true")} {machine.programs}/npm;;
    esac"""
    (machine.programs / "ln").symlink_to(str(shutil.which("ln")))
    machine.program("apt-get", install)
    code, said, calls = machine.run()
    assert code == 0, said
    assert [call.split()[-1] for call in calls if call.startswith("apt-get install")] == ["npm", "elixir"]
    assert "tox -e ports" in calls


def test_a_command_that_fails_ends_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=1000, there=("npm", "mix", "chromium"))
    machine.program(".venv-tox/bin/tox", "exit 3", at=tmp_path)
    code, _, calls = machine.run()
    assert code == 3
    assert [call for call in calls if call.startswith("tox")] == ["tox -e ports"]
