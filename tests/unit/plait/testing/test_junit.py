"""The XML that CI systems read, by the schema of Ant's JUnit task."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from plait.testing.junit import junit
from plait.testing.run import CaseResult, Finding

AT = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
BAD = Finding("a.test.yaml", 7, "expect.output", 'it is <"other">', ("-1", "+\x002\ud800"))
RESULTS = [
    CaseResult("a.test.yaml", "passes", 1, "passed", 0.5),
    CaseResult("a.test.yaml", "fails", 5, "failed", 0.25, (BAD, BAD)),
    CaseResult("b.test.yaml", "is broken", 1, "error", 0.0, (BAD,)),
]
SUITE = {
    "name": str, "id": int, "package": str, "timestamp": datetime.fromisoformat, "hostname": str,
    "tests": int, "failures": int, "errors": int, "time": float,
}  # fmt: skip


def suites() -> list[ET.Element]:
    root = ET.fromstring(junit(RESULTS, AT, "here"))
    assert root.tag == "testsuites"
    return list(root)


def test_each_file_is_a_suite_with_every_attribute_that_the_schema_wants() -> None:
    read = [{name: parse(suite.attrib[name]) for name, parse in SUITE.items()} for suite in suites()]
    assert [suite.keys() for suite in suites()] == [list(SUITE), list(SUITE)]
    assert [(each["name"], each["id"], each["tests"], each["failures"], each["errors"]) for each in read] == [
        ("a.test.yaml", 0, 2, 1, 0),
        ("b.test.yaml", 1, 1, 0, 1),
    ]
    assert (read[0]["time"], suites()[0].attrib["timestamp"]) == (0.75, "2026-01-02T03:04:05")


def test_a_suite_holds_properties_its_cases_and_the_two_outputs_in_this_order() -> None:
    assert [part.tag for part in suites()[0]] == ["properties", "testcase", "testcase", "system-out", "system-err"]


def test_a_case_tells_what_was_not_met_and_where() -> None:
    passed, failed = suites()[0].findall("testcase")
    assert (passed.attrib, list(passed)) == ({"name": "passes", "classname": "a.test.yaml", "time": "0.500000"}, [])
    (failure,) = failed
    assert (failure.tag, failure.attrib) == ("failure", {"type": "expect.output", "message": 'it is <"other">'})
    assert str(failure.text).count("a.test.yaml:7: expect.output") == 2
    assert suites()[1].find("testcase/error") is not None


def test_what_xml_has_no_character_for_is_replaced() -> None:
    (failure,) = suites()[0].findall("testcase")[1]
    assert "+\ufffd2\ufffd" in str(failure.text)
