"""How long ended runs are kept; archiving them and putting them back by hand."""

from rich.markup import escape

from plait.cli.output import AsJson, console, show_json, show_table
from plait.cli.remote import connected
from plait.cli.running.bulk import DryRun, Filters, Ids, PerMinute, Reason, Yes, act


def retention(*, as_json: AsJson = False) -> None:
    """How long ended runs are kept, and what would be archived and purged now. Does nothing."""
    with connected() as api:
        found = api.get("/retention")
    if as_json:
        show_json(found)
        return
    if found["archive"] is None:
        console.print("There is no archive, so nothing is purged. Set PLAIT_ARCHIVE to a folder or s3://bucket/prefix.")
        return
    console.print(
        f"Ended runs are kept {found['keep_days']:g} days, failed ones {found['keep_days_failed']:g}; "
        f"{found['due']}{'' if found['due_is_exact'] else ' or more'} are due, {found['archived']} are archived."
    )
    show_table(
        ("WORKFLOW", "KEPT", "DUE"),
        (
            (
                escape(each["workflow"]["slug"]),
                "" if each["keep_days"] is None else f"{each['keep_days']:g} days",
                str(each["due"] or ""),
            )
            for each in found["workflows"]
        ),
        empty="No workflow says how long its own are kept.",
    )


def archive(
    filters: Filters = None,
    ids: Ids = None,
    reason: Reason = None,
    per_minute: PerMinute = None,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Archive and purge ended runs now, before their time. Those whose time is over go by themselves."""
    act("archive", filters, ids, reason, per_minute, dry_run=dry_run, yes=yes, as_json=as_json)


def restore(
    filters: Filters = None,
    ids: Ids = None,
    reason: Reason = None,
    per_minute: PerMinute = None,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put archived runs back for a week, for reading. Nothing of them is executed."""
    act("restore", filters, ids, reason, per_minute, dry_run=dry_run, yes=yes, as_json=as_json)
