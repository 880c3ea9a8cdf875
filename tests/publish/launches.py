"""Write links that open each notebook on Binder, in Colab and on a JupyterHub.

They are made from the address of this clone's `origin`, on GitHub or GitLab, and written into the
block of README.md that is kept for them and into the first cell of each notebook. A second run
changes nothing; another origin replaces them; --clear takes them out again.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ".venv/bin/python tests/publish/launches.py"

# Binder's short name of each host that it opens by owner and name, and how many names make a path
# there: GitLab has groups within groups.
HOSTS = {"github.com": ("gh", range(2, 3)), "gitlab.com": ("gl", range(2, 22))}
OTHER_NAMES = {
    "www.github.com": "github.com",
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
}
MARK = "<!-- launch -->"  # ends the line of links in a notebook; nobody sees it there
TAG = "launch"  # of the cell that installs the package in Colab

_NAME = re.compile(r"(?!(?:\.{1,2}|-)$)[A-Za-z0-9_.-]+")
_SCP = re.compile(r"(?:[^@/\\]+@)?(?P<host>[^:/\\@]{2,}):(?P<path>[^\\]*)")
_BLOCK = re.compile(
    r"(?P<begin><!-- launches: begin(?P<settings>[^>]*) -->\n).*?(?P<end><!-- launches: end -->)",
    re.DOTALL,
)
_LINE = re.compile(rf"\n\n[^\n]*{re.escape(MARK)}")
_EMPTY = (
    "There are no links here yet, since this copy has no public home. In a clone of a fork on "
    f"GitHub or GitLab, `{COMMAND}` makes them from the address of `origin`, here and in each "
    "notebook; with `--hub ADDRESS` also for a JupyterHub that has nbgitpuller. Commit what it "
    "writes. `--check` is for CI, and `--clear` takes the links out again.\n"
)


class Refused(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""


@dataclass(frozen=True)
class Home:
    """Where a repository lives for everybody, and how its notebooks are opened from there."""

    host: str
    path: str  # owner/name; on GitLab also group/subgroup/name
    branch: str
    hub: str | None = None
    colab: bool = True

    @property
    def url(self) -> str:
        """The address for a browser, and for git without a password."""
        return f"https://{self.host}/{self.path}"

    @property
    def has_colab(self) -> bool:
        """Colab opens notebooks from GitHub only."""
        return self.colab and self.host == "github.com"

    def links(self, notebook: str) -> Iterator[tuple[str, str]]:
        """The name and the address of each place that opens a notebook."""
        file, branch = quote(f"notebooks/{notebook}"), quote(self.branch)
        kind = HOSTS[self.host][0]
        spec = self.path if kind == "gh" else quote(self.path, safe="")
        at = quote(f"lab/tree/{file}", safe="")
        yield "Binder", f"https://mybinder.org/v2/{kind}/{spec}/{branch}?urlpath={at}"
        if self.has_colab:
            here = f"{self.path}/blob/{branch}/{file}"
            yield "Colab", f"https://colab.research.google.com/github/{here}"
        if self.hub:
            folder = self.path.rsplit("/", 1)[1]
            asked = {
                "repo": self.url,
                "branch": self.branch,
                "urlpath": f"lab/tree/{folder}/{file}",
            }
            yield "JupyterHub", f"{self.hub}/hub/user-redirect/git-pull?{urlencode(asked)}"


def place_of(address: str) -> tuple[str, str]:
    """The host and the path in what git calls a remote's address, without its user and password."""
    if "://" in address:
        try:
            parts = urlsplit(address)
            host, path = parts.hostname or "", parts.path
        except ValueError:  # such as a [ that is never closed
            host, path = "", ""
    else:
        found = _SCP.fullmatch(address)
        host, path = (found["host"], found["path"]) if found else ("", "")
    host = host.lower()
    path = path.strip("/").removesuffix(".git")
    return OTHER_NAMES.get(host, host), path


def known(address: str) -> tuple[str, str]:
    """The host and the path of an address, where Binder knows them by name."""
    host, path = place_of(address)
    given = re.sub(r"//[^/]*@", "//", address)  # nobody's password is printed
    if host not in HOSTS:
        raise Refused(
            f"origin is {given!r}, and Binder opens repositories by name only if they are on "
            f"{_hosts()}. Push the repository there and `git remote set-url origin ADDRESS`; or, "
            "if it is there already, say where: --origin https://github.com/OWNER/NAME"
        )
    names = path.split("/")
    if len(names) not in HOSTS[host][1] or not all(map(_NAME.fullmatch, names)):
        raise Refused(
            f"origin is {given!r}, and {path!r} is not the path of a repository on {host}; "
            f"expected an address such as https://{host}/OWNER/NAME or git@{host}:OWNER/NAME.git"
        )
    return host, path


def _hosts() -> str:
    return " or ".join(HOSTS)


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, or None where it answers with an error."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except OSError as problem:
        raise Refused(
            f"git does not run ({problem.strerror}); install it, or give --origin"
        ) from None
    return done.stdout.strip() if done.returncode == 0 else None


def origin_of(root: Path) -> str:
    """The address that git has for `origin`."""
    # A folder inside another clone is not that clone: its origin is not ours.
    top = git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        raise Refused("this folder is not a clone of git; clone the repository, or give --origin")
    address = git(root, "remote", "get-url", "origin")
    if address is None:
        raise Refused(
            "this clone has no remote `origin`, so nothing says where others find it. Make a "
            f"repository on {_hosts()}, `git remote add origin ADDRESS`, push, and run this again"
        )
    return address


def branch_of(root: Path) -> str:
    """The branch that others get: the usual one of `origin`, else the one that is checked out."""
    usual = git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    branch = usual.removeprefix("origin/") if usual else git(root, "branch", "--show-current")
    if not branch:
        raise Refused("no branch is checked out; give the one that links lead to: --branch main")
    return branch


def hub_of(text: str) -> str | None:
    """The address of a JupyterHub, without a slash at its end; None for "none"."""
    if text == "none":
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>?#]", text):
        raise Refused(f"--hub is {text!r}; expected such as https://hub.example.edu, or none")
    return text.rstrip("/").removesuffix("/hub")


def home_of(root: Path, asked: argparse.Namespace, before: dict[str, str]) -> Home:
    """Where links lead: as asked; else as before, from the same origin; else as found."""
    host, path = known(origin_of(root) if asked.origin is None else asked.origin)
    before = before if before.get("home") == f"https://{host}/{path}" else {}
    branch = asked.branch or before.get("branch") or branch_of(root)
    # git itself refuses these too, and in a comment's end or in a link they would do harm.
    if re.search(r"[\s~^:?*\[\\<>()]|--", branch):
        raise Refused(f"--branch is {branch!r}, which is not the name of a branch; expected main")
    hub = hub_of(asked.hub or before.get("hub", "none"))
    colab = before.get("colab") != "no" if asked.colab is None else asked.colab
    return Home(host, path, branch, hub, colab)


def block_in(readme: str) -> re.Match[str]:
    """The block that is kept for the links."""
    found = list(_BLOCK.finditer(readme))
    if len(found) != 1:
        raise Refused(
            f"README.md has {len(found)} blocks for the links; expected one, between the lines "
            "<!-- launches: begin --> and <!-- launches: end -->"
        )
    return found[0]


def settings_in(readme: str) -> dict[str, str]:
    """What the links in the block were made from; nothing while there are none."""
    words = block_in(readme)["settings"].split()
    return dict(word.split("=", 1) for word in words if "=" in word)


def filled(readme: str, home: Home | None, notebooks: list[str]) -> str:
    """The README with the links of this home in its block, or with none."""
    block = block_in(readme)
    settings = "".join(f" {key}={value}" for key, value in _settings(home))
    inside = _table(home, notebooks) if home else _EMPTY
    new = f"<!-- launches: begin{settings} -->\n{inside}{block['end']}"
    return readme[: block.start()] + new + readme[block.end() :]


def _settings(home: Home | None) -> Iterator[tuple[str, str]]:
    if home:
        yield "home", home.url
        yield "branch", home.branch
        if home.hub:
            yield "hub", home.hub
        if not home.colab:
            yield "colab", "no"


def _table(home: Home, notebooks: list[str]) -> str:
    rows = [dict(home.links(name)) for name in notebooks]
    places = list(rows[0])
    lines = [
        f"| notebook | {' | '.join(f'on {place}' for place in places)} |",
        f"|---|{'---|' * len(places)}",
    ]
    for name, row in zip(notebooks, rows):
        stem = name.removesuffix(".ipynb")
        # Each link has a name of its own: a screen reader lists them without their rows.
        cells = [f"[{stem[:2]} on {place}]({link})" for place, link in row.items()]
        lines.append(f"| {stem} | {' | '.join(cells)} |")
    install = f"\nTo use the package in a notebook of your own: `{install_command(home)}`\n"
    return "\n".join(lines) + "\n" + install


def requirement(home: Home) -> str:
    """What pip calls the package where it lives."""
    return f'"bp-helpers @ git+{home.url}@{home.branch}"'


def install_command(home: Home) -> str:
    """What installs the package from its home, without a clone."""
    return f"pip install {requirement(home)}"


def launched(text: str, home: Home | None, name: str) -> str:
    """A notebook, as text, with the links of this home in its first cell, or with none."""
    try:
        old, notebook = json.loads(text), json.loads(text)
        opening = notebook["cells"][0]
        is_text = opening["cell_type"] == "markdown"
        source = without_line("".join(opening["source"]))
    except (ValueError, LookupError, TypeError):
        is_text = False
    if not is_text:
        raise Refused(f"notebooks/{name} is not a notebook that begins with a text; mend it first")
    count = _take_out_cell(notebook["cells"], is_kept=home is not None and home.has_colab)
    if home:
        source = source.rstrip("\n") + f"\n\n{_line(home, name)}"
        if home.has_colab:
            notebook["cells"].insert(1, _colab_cell(home, count))
    if source != "".join(opening["source"]):
        opening["source"] = re.findall(r"[^\n]*\n|[^\n]+", source)
    is_new = notebook != old  # else it stays as it is laid out, whoever laid it out
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n" if is_new else text


def _take_out_cell(cells: list[dict[str, Any]], is_kept: bool) -> int | None:
    """Take out the cell for Colab, and say what number it was run as.

    Where none takes its place, those that were run after it count from one less.
    """
    count = next((cell["execution_count"] for cell in cells if is_launch(cell)), None)
    cells[:] = [cell for cell in cells if not is_launch(cell)]
    if count and not is_kept:
        for numbered in (part for cell in cells for part in (cell, *cell.get("outputs", ()))):
            if (numbered.get("execution_count") or 0) > count:
                numbered["execution_count"] -= 1
    return count


def is_launch(cell: dict[str, Any]) -> bool:
    """Whether a cell was put in by this command."""
    return TAG in cell.get("metadata", {}).get("tags", ())


def without_line(source: str) -> str:
    """The first cell of a notebook without its line of links."""
    return _LINE.sub("", source)


def _line(home: Home, name: str) -> str:
    links = " · ".join(f"[{place}]({link})" for place, link in home.links(name))
    return f"Open this notebook on: {links} {MARK}"


def _colab_cell(home: Home, count: int | None) -> dict[str, Any]:
    """A cell that installs the package in Colab, and does nothing anywhere else."""
    lines = (
        "# In Google Colab this installs what is missing there; anywhere else it does nothing.\n",
        "import sys\n",
        "\n",
        'if "google.colab" in sys.modules:\n',
        # Without what they need, which Colab has, some of it in versions that it cannot do without.
        f"    %pip install --quiet --no-deps anywidget psygnal {requirement(home)}",
    )
    return {
        "cell_type": "code",
        "execution_count": count,
        "id": "cell-launch",
        # Not a slide, and not to be read aloud in class.
        "metadata": {"slideshow": {"slide_type": "skip"}, "tags": [TAG]},
        "outputs": [],
        "source": list(lines),
    }


def wanted(root: Path, home: Home | None) -> dict[Path, str]:
    """Each file that is to be written anew, with its text; all are read before any is written."""
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    if not notebooks:
        raise Refused(f"there is no notebook in {root / 'notebooks'}; expected the series there")
    readme = root / "README.md"
    texts = {path: _read(path) for path in (readme, *notebooks)}
    new = {readme: filled(texts[readme], home, [path.name for path in notebooks])}
    new |= {path: launched(texts[path], home, path.name) for path in notebooks}
    return {path: text for path, text in new.items() if text != texts[path]}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise Refused(f"{path.name} cannot be read: {problem}") from None


def run(root: Path, asked: argparse.Namespace) -> int:
    """Write the links, or only compare; what comes back is the exit code."""
    before = settings_in(_read(root / "README.md"))
    try:
        home = None if asked.clear else home_of(root, asked, before)
    except Refused:
        if not asked.check or before:
            raise
        home = None  # no public home and no links: that is as it should be
    new = wanted(root, home)
    names = ", ".join(str(path.relative_to(root)) for path in new)
    none = "no links" if asked.clear else "no public home"
    to = f"{home.url}, branch {home.branch}" if home else none
    if asked.check:
        print(f"not as they should be for {to}: {names}; run {COMMAND}" if new else f"right: {to}")
        return 1 if new else 0
    for path, text in new.items():
        path.write_bytes(text.encode("utf-8"))
    print(f"{to}: " + (f"wrote {names}" if new else "nothing to change"))
    return 0


def arguments() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    say = parser.add_argument
    say("--origin", help="the address of the repository, instead of the one that git has")
    say("--branch", help="where links lead; else as before, else the usual one of origin")
    say("--hub", help="a JupyterHub with nbgitpuller: https://hub.example.edu; none: no longer one")
    colab = "links to Colab, and a cell that installs the package there (usual; GitHub only)"
    say("--colab", action=argparse.BooleanOptionalAction, default=None, help=colab)
    say("--clear", action="store_true", help="take all links out again")
    say("--check", action="store_true", help="change nothing; 1 where links are not up to date")
    say("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser


def main(words: list[str] | None = None) -> int:
    """The command; 0: done, 1: --check found something, 2: refused, and nothing was changed."""
    try:
        asked = arguments().parse_args(words)
        return run(asked.root.resolve(), asked)
    except Refused as reason:
        print(f"launches: {reason}. Nothing was changed.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
