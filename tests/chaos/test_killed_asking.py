"""A worker that is killed while a model speaks: it is asked again, and what the first call may have cost is shown."""

import asyncio
from uuid import UUID

from plait.settings import SECRET_PREFIX
from tests.chaos.story import api_at, begin, save
from tests.chaos.workers import worker_process
from tests.support.live import Live
from tests.support.model_server import ModelServer
from tests.support.model_steps import says

ASKING = {
    "plait": 1,
    "slug": "asking",
    "nodes": [
        {
            "id": "ask",
            "type": "llm",
            "with": {"model": "openai:gpt-4.1-mini", "prompt": "Speak.", "stream": True},
            "timeout": 5,
            "retry": {"max_attempts": 5, "initial_interval": 0.1},
        }
    ],
}


async def test_a_worker_killed_in_a_stream_has_the_model_asked_again_and_both_calls_are_shown(
    idle: Live, models: ModelServer
) -> None:
    reached = {
        f"{SECRET_PREFIX}OPENAI_API_KEY": "sk-test",
        "PLAIT_OPENAI_BASE_URL": models.base_url,
        "PLAIT_EGRESS_ALLOW": models.address,
    }
    models.then(says("one two three", pause=30), says("All of it."))
    async with api_at(f"http://127.0.0.1:{idle.port}") as client:
        await save(client, ASKING)
        story = await begin(client, idle.files_dir, "killed-in-a-stream", "asking")
        async with worker_process(idle, **reached) as dying:
            async with asyncio.timeout(30):
                while not models.asked:
                    await asyncio.sleep(0.02)
            dying.kill()
            await dying.wait()
        async with worker_process(idle, **reached):
            run = await story.until("completed")
    assert "All of it." in str(run["output"])
    assert len(models.asked) == 2
    pool, rows = idle.resources.pool, "select status from spending where run_id = $1 order by attempt"
    assert [row["status"] for row in await pool.fetch(rows, UUID(story.id))] == ["assumed", "spent"]
