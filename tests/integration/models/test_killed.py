"""An attempt that dies at any moment between the question and the record of its answer."""

from dataclasses import replace

from activities.models.messages import user
from tests.support.asking import Asker
from tests.support.dying import killed_at


async def test_what_was_asked_is_paid_once_or_shown_as_paid_twice_whenever_the_attempt_dies(asker: Asker) -> None:
    step, over, asked = 0, False, 0
    while not over:
        context = await asker.context()
        question = [user(f"Who is {context.run_id}?")]
        over = await killed_at(step, asker(context=context, messages=question))
        answer = await asker(context=replace(context, attempt=2), messages=question)
        assert answer.text == f"You said: {question[0]['content']}"
        asked = sum(each.last == question[0]["content"] for each in asker.server.asked)
        assert asked <= 2
        # A call that reached the provider is settled, or its reservation is assumed to be spent.
        shown = await asker.spending(context)
        assert asked <= sum(row["status"] in {"spent", "assumed"} for row in shown)
        step += 1
    assert asked == 1
    assert step > 5
