import pytest

from bot.diagnostics.remote import DiscordAnswer, application_results, gateway_result


def test_an_application_that_cannot_be_invited_fails() -> None:
    findings = application_results(
        DiscordAnswer(200, {"id": "1", "name": "x", "bot_require_code_grant": True}), allow_user_install=False
    )
    assert [each.name for each in findings if not each.is_ok] == ["application"]


@pytest.mark.parametrize(("types", "is_ok"), [({"0": {}, "1": {}}, True), ({"0": {}}, False), (None, False)])
def test_own_installations_that_discord_does_not_offer_fail(types: object, *, is_ok: bool) -> None:
    answer = DiscordAnswer(200, {"id": "1", "name": "x", "integration_types_config": types})
    (found,) = application_results(answer, allow_user_install=True)[3:]
    assert (found.name, found.is_ok) == ("user install", is_ok)
    assert len(application_results(answer, allow_user_install=False)) == 3


def test_an_exhausted_session_limit_fails() -> None:
    assert not gateway_result(DiscordAnswer(200, {"session_start_limit": {"remaining": 0}})).is_ok
