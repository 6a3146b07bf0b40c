"""When cards are drawn next."""

from bot.delivery.redraws import Redraws


def test_nothing_is_due_while_nothing_is_planned() -> None:
    redraws = Redraws()
    assert redraws.next_in_s(5.0) is None
    assert list(redraws.take_due(5.0)) == []


def test_cards_are_due_in_the_order_of_their_moments_and_once() -> None:
    redraws = Redraws()
    for key, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        redraws.plan(key, at)
    assert redraws.next_in_s(4.0) == 6.0
    assert list(redraws.take_due(20.0)) == [2, 3]
    assert redraws.next_in_s(50.0) == 0.0
    assert list(redraws.take_due(50.0)) == [1]
    assert redraws.next_in_s(50.0) is None


def test_the_earlier_of_two_plans_holds() -> None:
    redraws = Redraws()
    redraws.plan(1, 30.0)
    redraws.plan(1, 10.0)
    redraws.plan(1, 20.0)
    assert list(redraws.take_due(15.0)) == [1]
    assert list(redraws.take_due(99.0)) == []


def test_a_dropped_card_is_not_due_until_it_is_planned_again() -> None:
    redraws = Redraws()
    redraws.plan(1, 10.0)
    redraws.drop(1)
    assert redraws.next_in_s(0.0) is None
    redraws.plan(1, 40.0)
    assert redraws.next_in_s(0.0) == 40.0
    assert list(redraws.take_due(40.0)) == [1]
