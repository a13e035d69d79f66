"""A whole project as files: which there are, under which names, and the archive that holds them. Pure.

```
export.yaml                 says that this is an export, and of which form
environments/prod.yaml      an environment with its variables
workflows/SLUG.yaml         the newest version, byte for byte as it was saved
versions/SLUG/N.yaml        an older version that an environment runs, or a schedule starts
drafts/SLUG.yaml            a draft
settings/SLUG.yaml          what is not in the document: the newest version's number, which version runs where
schedules/SLUG.yaml         when it starts by itself
templates/SLUG/...          a template of the project's own: template.yaml, and its workflow.yaml
agents/NAME.yaml            an agent of the project's own
models.yaml                 its providers of models, without keys, and its aliases
tools/NAME/...              a stored tool: tool.yaml, and what it was made of in listed.json
```

Ids, times and people are in none of them, so that the same project gives the same bytes.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from interpreter.problems import Problem
from plait.errors import Invalid

MANIFEST = "export.yaml"
WORKFLOWS = "workflows"
AGENTS = "agents"
FORM = 1
NAME = re.compile(
    r"(export|models)\.yaml"
    r"|agents/[a-z][a-z0-9_-]{0,62}\.yaml"
    r"|environments/[a-z][a-z0-9_-]{0,62}\.yaml"
    r"|(settings|schedules)/[a-z0-9-]{1,200}\.yaml"
    r"|(workflows|drafts)/[a-z0-9-]{1,200}\.(yaml|json)"
    r"|templates/[a-z0-9-]{1,200}/(template\.yaml|workflow\.(yaml|json))"
    r"|tools/[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*/(tool\.yaml|listed\.json)"
    r"|versions/[a-z0-9-]{1,200}/[1-9][0-9]{0,8}\.(yaml|json)"
)
"""Every name that a file may have: none leads out of the folder that it is written into."""
MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024
"""Of all files together, unpacked."""
AT_ALL_TIMES = (1980, 1, 1, 0, 0, 0)

Files = Mapping[str, bytes]
"""The files of a project by name."""


def packed(files: Files) -> bytes:
    """The files as a zip; the same files are the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, AT_ALL_TIMES)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            target.writestr(entry, files[name])
    return archive.getvalue()


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The files in a zip. Raises Invalid for what is none, is too large, or has a name that no export has.

    Nothing is unpacked beyond the limit, whatever an entry says of its size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as source:
            return dict(_entries(source))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise Invalid("The body is not a zip of the kind that an export is.", code="request_invalid") from None
    except zlib.error:
        raise Invalid("The zip is damaged.", code="request_invalid") from None


def _entries(source: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in source.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise Invalid(f"The zip has more than {MOST_FILES:,} files.", code="too_large")
    refuse_names(entry.filename for entry in entries)
    room = MOST_BYTES
    for entry in entries:
        with source.open(entry) as file:
            content = file.read(room + 1)
        room -= len(content)
        if room < 0:
            message = f"Unpacked, the zip has more than {MOST_BYTES // 1024 // 1024} MiB."
            raise Invalid(message, code="too_large")
        yield entry.filename, content


def refuse_names(names: Iterator[str]) -> None:
    """Refuse a name that no export has, and one that comes twice."""
    seen: set[str] = set()
    for name in names:
        if not NAME.fullmatch(name) or name in seen:
            what = "comes twice" if name in seen else "is no file of an export"
            message = f"{name[:120]!r} {what}."
            fix = f"An export has {MANIFEST} and files in environments, agents, workflows, versions, drafts, settings, schedules, templates and tools."
            raise Invalid(message, problems=[Problem("unknown_file", message, (), fix=fix)])
        seen.add(name)
