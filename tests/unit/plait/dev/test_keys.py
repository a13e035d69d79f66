"""What `plait dev` makes of the keys that the caller's environment has."""

from plait.dev.keys import find_keys

KEY = "sk-secret"


def test_a_key_goes_to_the_worker_as_a_secret_and_into_no_setting_or_sentence() -> None:
    found = find_keys({"OPENAI_API_KEY": KEY})
    assert found.secrets == {"PLAIT_SECRET_OPENAI_API_KEY": KEY}
    assert KEY not in found.sentence + "".join(found.settings.values())
    assert "OPENAI_API_KEY" in found.sentence


def test_the_aliases_are_of_the_first_provider_with_a_key() -> None:
    found = find_keys({"GEMINI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY})
    assert found.settings["PLAIT_MODEL_ALIASES"] == "fast=anthropic:claude-haiku-4-5,smart=anthropic:claude-sonnet-4-5"
    assert found.secrets.keys() == {"PLAIT_SECRET_ANTHROPIC_API_KEY", "PLAIT_SECRET_GOOGLE_API_KEY"}


def test_without_any_key_the_aliases_are_the_local_model_and_it_says_so() -> None:
    found = find_keys({"OPENAI_API_KEY": ""})
    assert (found.settings, found.secrets) == ({"PLAIT_MODEL_ALIASES": "fast=local:demo,smart=local:demo"}, {})
    assert "no real model" in found.sentence


def test_both_names_of_googles_key_are_known_and_the_first_one_stands() -> None:
    assert find_keys({"GOOGLE_API_KEY": KEY}).secrets == {"PLAIT_SECRET_GOOGLE_API_KEY": KEY}
    both = {"GOOGLE_API_KEY": "other", "GEMINI_API_KEY": KEY}
    assert find_keys(both).secrets == {"PLAIT_SECRET_GOOGLE_API_KEY": KEY}


def test_what_is_said_to_plait_itself_stands_as_it_is_said() -> None:
    said = {
        "OPENAI_API_KEY": KEY,
        "PLAIT_SECRET_OPENAI_API_KEY": "ours",
        "OPENAI_BASE_URL": "http://localhost:1/v1",
        "PLAIT_OPENAI_BASE_URL": "https://models.example.com/v1",
        "PLAIT_MODEL_ALIASES": "fast=local:demo",
    }
    found = find_keys(said)
    assert (found.settings, found.secrets) == ({}, {})
    assert found.sentence.startswith("fast is local:demo (with ")


def test_a_secret_that_is_set_for_plait_alone_chooses_the_aliases_too() -> None:
    found = find_keys({"PLAIT_SECRET_OPENAI_API_KEY": KEY})
    assert found.sentence == "fast is openai:gpt-4.1-mini, smart is openai:gpt-4.1"


def test_an_address_of_ones_own_is_used_and_may_be_reached() -> None:
    found = find_keys({"OPENAI_BASE_URL": "http://localhost:11434/v1", "PLAIT_EGRESS_ALLOW": "10.0.0.0/8"})
    assert found.settings["PLAIT_OPENAI_BASE_URL"] == "http://localhost:11434/v1"
    assert found.settings["PLAIT_EGRESS_ALLOW"] == "10.0.0.0/8,localhost:11434"
    assert find_keys({"OPENAI_BASE_URL": "https://x.example/v1"}).settings["PLAIT_EGRESS_ALLOW"] == "x.example:443"
