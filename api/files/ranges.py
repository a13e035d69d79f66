"""One range of bytes. A request for several gets the whole, as HTTP allows: cutting a body into many
pieces costs the server far more than the one who asks.
"""

import re

from api.http.errors import Refusal

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last; None is the whole."""
    match = ONE_RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return None
    if start >= stop:
        message = f"The range lies outside of the {size} bytes there are."
        raise Refusal("range_not_satisfiable", message, headers={"Content-Range": f"bytes */{size}"})
    return start, stop
