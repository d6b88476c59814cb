"""Writes what a gate found as JUnit XML: one test case for each condition.
Knows nothing about how it was found: it reads the document of `gate --json`.

The schema is that which GitHub's and GitLab's test reports read (Jenkins' junit-10.xsd): a condition by
which the candidate is worse is a failure; an inconclusive one is an error, since it did not end as a test
should.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from workbench.gate.verdict_words import HEADS, headline, reason_of

# What XML 1.0 cannot hold, even as a reference.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(found: Mapping[str, Any]) -> str:
    conditions = found["conditions"]
    counts = {
        "tests": str(len(conditions)),
        "failures": str(sum(one["verdict"] == "worse" for one in conditions)),
        "errors": str(sum(one["verdict"] == "inconclusive" for one in conditions)),
        "skipped": "0",
        "time": f"{found['seconds']:.3f}",
    }
    name = _xml(f"Gate: {found['candidate']['name']} against {found['base']['name']}")
    suites = ElementTree.Element("testsuites", {"name": name, **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": name, **counts})
    properties = ElementTree.SubElement(suite, "properties")
    for key in ("verdict", "corpus", "corpus_version", "answers_asked", "spent_usd"):
        ElementTree.SubElement(properties, "property", {"name": key, "value": _xml(str(found[key]))})
    for one in conditions:
        case = ElementTree.SubElement(
            suite, "testcase", {"name": _xml(one["name"]), "classname": "gate", "time": "0"}
        )
        if one["verdict"] != "pass":
            tag = "failure" if one["verdict"] == "worse" else "error"
            message = _xml(f"{HEADS[one['verdict']]}: {reason_of(one)}")
            ElementTree.SubElement(case, tag, {"message": message, "type": one["verdict"]}).text = message
        else:
            ElementTree.SubElement(case, "system-out").text = _xml(reason_of(one))
    ElementTree.SubElement(suite, "system-out").text = _xml(headline(found))
    ElementTree.indent(suites)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"
    )


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
