"""One run of `plait test`: finds the cases, runs them, and has them reported."""

import socket
import time
from pathlib import Path

from plait.cli.authoring.catalogue import local_catalogue, with_assumed
from plait.cli.files import write_file
from plait.cli.remote import Refused
from plait.cli.testing.report import Report
from plait.clock import now
from plait.testing.collect import fixtures_in
from plait.testing.junit import junit as junit_of
from plait.testing.suite import Suite, read_all
from plait.testing.workflow import Workflows


def run_cases(places: list[Path], keyword: str, report: Report, junit: Path | None) -> bool:
    """Run all cases of these places and report them; whether all is as it should be."""
    for place in places:
        if not place.exists():
            raise Refused({"code": "not_found", "detail": f"There is no file or folder {place}."})
    files = read_all(fixtures_in(places))
    catalogue = local_catalogue()
    suite = Suite(Workflows(lambda document: with_assumed(catalogue, document)), time.perf_counter, keyword)
    total = sum(len(suite.chosen(file)) if file.fixture else 1 for file in files)
    if not total:
        raise Refused({"code": "not_found", "detail": nothing_to_run(places, keyword)})
    began = time.perf_counter()
    report.cases(suite.run(files), total)
    if junit is not None:
        write_file(junit, junit_of(suite.results, now(), socket.gethostname()))
    return report.finish(suite, time.perf_counter() - began)


def nothing_to_run(places: list[Path], keyword: str) -> str:
    """Why there is nothing to run, and what to do about it."""
    where = ", ".join(map(str, places))
    if keyword:
        return f"No case in {where} has {keyword!r} in its file or name."
    return f"There are no fixtures in {where}. Write `invoice.test.yaml` beside `invoice.yaml`."
