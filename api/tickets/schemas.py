"""The body of the slice of tickets."""

from pydantic import ConfigDict

from api.http.models import Time, View


class StreamTicket(View):
    """A ticket: it opens one stream, once, as whoever asked for it. It is shown here and nowhere else."""

    ticket: str
    expires_at: Time

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket": "tkt_Zk1mT0cN9w2…", "expires_at": "2026-11-21T09:12:30.000000Z"}]}
    )
