"""The checks of the example, as tools: plain functions with typed arguments.

A worker finds them with `PLAIT_TOOLS=invoice_tools` when this folder is on its import path.
"""

from collections import defaultdict
from decimal import Decimal, InvalidOperation
from typing import Any

from typing_extensions import TypedDict

from plait.sdk import ToolError, tool


class Finding(TypedDict):
    """What a check has against one invoice; `row` counts from 0."""

    row: int
    reason: str


class Routed(TypedDict):
    """Where the invoices go, and what to say about it."""

    automatic: list[dict[str, Any]]
    review: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    table: str
    review_total: str


@tool(idempotent=True, bound=2.0)
def find_duplicates(invoices: list[dict[str, str]]) -> list[Finding]:
    """Invoices that were sent twice: the same number, or the same vendor, date and amount.

    Args:
        invoices: The rows of the invoice file.
    """
    findings: dict[int, str] = {}
    for fields in (("number",), ("vendor_id", "date", "gross")):
        seen: dict[tuple[str, ...], int] = {}
        for row, invoice in enumerate(invoices):
            first = seen.setdefault(tuple(invoice[field] for field in fields), row)
            if first != row:
                findings.setdefault(row, f"duplicate of {invoices[first]['number']}")
    return [Finding(row=row, reason=reason) for row, reason in sorted(findings.items())]


@tool(idempotent=True, bound=2.0)
def check_vendors(invoices: list[dict[str, str]], vendors: list[dict[str, str]]) -> list[Finding]:
    """Invoices of vendors that are unknown, blocked, or not who they say they are.

    Args:
        invoices: The rows of the invoice file.
        vendors: The rows of the vendor register.
    """
    register = {vendor["id"]: vendor for vendor in vendors}
    findings: list[Finding] = []
    for row, invoice in enumerate(invoices):
        vendor = register.get(invoice["vendor_id"])
        if vendor is None:
            findings.append(Finding(row=row, reason="unknown vendor"))
        elif vendor["status"] != "active":
            findings.append(Finding(row=row, reason="blocked vendor"))
        elif vendor["vat_id"] != invoice["vat_id"]:
            findings.append(Finding(row=row, reason="another VAT id than the register's"))
    return findings


@tool(idempotent=True, bound=2.0)
def check_totals(invoices: list[dict[str, str]]) -> list[Finding]:
    """Invoices whose net and tax do not add up to their gross amount.

    Args:
        invoices: The rows of the invoice file.
    """
    findings: list[Finding] = []
    for row, invoice in enumerate(invoices):
        net, tax, gross = (amount(invoice, field, row) for field in ("net", "tax", "gross"))
        if net + tax != gross:
            findings.append(Finding(row=row, reason=f"net and tax make {net + tax}, not {gross}"))
    return findings


@tool(idempotent=True, bound=2.0)
def route_invoices(
    invoices: list[dict[str, str]],
    duplicates: list[Finding],
    vendors: list[Finding],
    totals: list[Finding],
    limit: float,
) -> Routed:
    """Pay what is clean and small, reject duplicates, and have a person look at the rest.

    Args:
        invoices: The rows of the invoice file.
        duplicates: What find_duplicates found.
        vendors: What check_vendors found.
        totals: What check_totals found.
        limit: Gross amount above which a person signs off.
    """
    reasons: defaultdict[int, list[str]] = defaultdict(list)
    for finding in (*duplicates, *vendors, *totals):
        reasons[finding["row"]].append(finding["reason"])
    twice = {finding["row"] for finding in duplicates}
    routed = Routed(automatic=[], review=[], rejected=[], table="", review_total="0.00")
    total = Decimal(0)
    for row, invoice in enumerate(invoices):
        gross = amount(invoice, "gross", row)
        if gross > Decimal(str(limit)):
            reasons[row].append(f"over {limit:g}")
        judged = {**invoice, "reason": "; ".join(reasons[row])}
        if row in twice:
            routed["rejected"].append(judged)
        elif reasons[row]:
            routed["review"].append(judged)
            total += gross
        else:
            routed["automatic"].append(judged)
    routed["review_total"] = f"{total:.2f}"
    routed["table"] = "\n".join(
        f"{invoice['number']:<16} {invoice['vendor']:<32.32} {invoice['gross']:>10}  {invoice['reason']}"
        for invoice in routed["review"]
    )
    return routed


def amount(invoice: dict[str, str], field: str, row: int) -> Decimal:
    """An amount in the file, exactly; a ToolError that names the row when it is none."""
    try:
        return Decimal(invoice[field])
    except InvalidOperation:
        message = f"row {row + 1} has no amount in the column {field}"
        raise ToolError(message, type="InvoiceUnreadable", category="input") from None
