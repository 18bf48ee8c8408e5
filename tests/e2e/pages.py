"""Code and commands of a page in docs/, as they are printed there. Only its namespace, `shop`, is the test's."""
import re

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


def in_namespace(code, name):
    return re.sub(r"\bshop\b", name, code)
