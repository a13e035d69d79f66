"""Archives of ended runs: files outside of Postgres, from which a run can be read again."""

from plait.archive.archiver import Archiver, terms_of
from plait.archive.files import ArchiveFiles, open_archive

__all__ = ["ArchiveFiles", "Archiver", "open_archive", "terms_of"]
