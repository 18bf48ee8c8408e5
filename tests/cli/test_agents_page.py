"""docs/agents.md lists every code that a refusal may have."""
import re

from program import ROOT


def test_the_table_of_codes_is_whole():
    codes = set(re.findall(r'return "(\w+)";', (ROOT / "src" / "model" / "answer.cpp").read_text())) - {"Allowed", "Unknown"}
    table = (ROOT / "docs" / "agents.md").read_text().partition("### Codes")[2].partition("\n## ")[0]
    told = {code for cell in re.findall(r"^\| (`\w+`.*?) \|", table, re.MULTILINE) for code in re.findall(r"`(\w+)`", cell)}
    assert len(codes) > 20 and told == codes, told ^ codes
