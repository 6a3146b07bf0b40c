from bot.diagnostics.remote import DiscordAnswer, application_results, gateway_result


def test_an_application_that_cannot_be_invited_fails() -> None:
    findings = application_results(
        DiscordAnswer(200, {"id": "1", "name": "x", "bot_require_code_grant": True})
    )
    assert [each.name for each in findings if not each.is_ok] == ["application"]


def test_an_exhausted_session_limit_fails() -> None:
    assert not gateway_result(DiscordAnswer(200, {"session_start_limit": {"remaining": 0}})).is_ok
