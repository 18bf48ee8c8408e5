"""Code and commands of a page in docs/, as they are printed there. Only its namespace, `shop`, is the test's."""
import re
import subprocess

from harness import ROOT

AGENTS_PAGE = "agents.md"


def blocks(language, page=AGENTS_PAGE):
    """The code blocks of the page, in order."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def block(language, beginning, page=AGENTS_PAGE):
    """The one that begins so."""
    found, = [each for each in blocks(language, page) if each.startswith(beginning)]
    return found


class PageShell:
    """Runs a page's commands as printed, in a folder, and knows which of them it has run."""

    def __init__(self, page, env, folder):
        self.page, self.env, self.folder = page, env, folder
        self.ran = set()

    def __call__(self, beginning, may_fail=False):
        """What the block that begins so prints."""
        command = block("sh", beginning, self.page)
        self.ran.add(command)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, env=self.env, capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL, check=False)
        assert may_fail or done.returncode == 0, f"{command}: {done}"
        return done.stdout

    def left(self):
        """The commands of the page that were not run."""
        return set(blocks("sh", self.page)) - self.ran


def in_namespace(code, name):
    return re.sub(r"\bshop\b", name, code)
