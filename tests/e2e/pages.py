"""Code and commands of docs/agents.md, as they are printed there. Only its namespace, `shop`, is the test's."""
import re

from harness import ROOT

PAGE = ROOT / "docs" / "agents.md"


def blocks(language):
    """The code blocks of the page, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def block(language, beginning):
    """The one that begins so."""
    found, = [each for each in blocks(language) if each.startswith(beginning)]
    return found


def in_namespace(code, name):
    return re.sub(r"\bshop\b", name, code)
