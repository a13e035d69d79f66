"""Results as JUnit XML, which every CI system reads: a suite a file, a test case a case."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from xml.etree import ElementTree as ET

from plait.testing.run import CaseResult, Finding

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[CaseResult], at: datetime, host: str) -> bytes:
    """The XML of all results, as the schema of Ant's JUnit task has it."""
    root = ET.Element("testsuites")
    for number, (file, cases) in enumerate(groupby(results, key=lambda result: result.file)):
        root.append(_suite(number, file, list(cases), at, host))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _suite(number: int, file: str, cases: list[CaseResult], at: datetime, host: str) -> ET.Element:
    seconds = sum(case.seconds for case in cases)
    suite = ET.Element(
        "testsuite",
        name=_text(file),
        id=str(number),
        package="plait",
        timestamp=f"{at:%Y-%m-%dT%H:%M:%S}",
        hostname=_text(host),
        tests=str(len(cases)),
        failures=str(sum(case.verdict == "failed" for case in cases)),
        errors=str(sum(case.verdict == "error" for case in cases)),
        time=f"{seconds:.6f}",
    )
    ET.SubElement(suite, "properties")
    for case in cases:
        suite.append(_case(case))
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _case(result: CaseResult) -> ET.Element:
    case = ET.Element("testcase", name=_text(result.name), classname=_text(result.file), time=f"{result.seconds:.6f}")
    if result.verdict != "passed":
        first = result.findings[0]
        tag = "failure" if result.verdict == "failed" else "error"
        told = ET.SubElement(case, tag, type=_text(first.field), message=_text(first.message))
        told.text = _text("\n".join(line for finding in result.findings for line in _lines(finding)))
    return case


def _lines(finding: Finding) -> list[str]:
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return [f"{where}: {finding.field}: {finding.message}", *finding.diff]


def _text(text: str) -> str:
    """Only what XML has characters for."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
