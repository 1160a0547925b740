"""Safety codes as tokens: what one is made of, what is none, and how often somebody may guess."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from exchange.proof.safety_codes import Guesses, code_hash, code_url, new_code, qr_svg, read_code, visitor_of
from schema.fields import CHINA
from tenants.keys import Keys

KEYS = Keys(secret=b"a secret of these tests, long enough for keys")
OTHER = Keys(secret=b"the secret of another deployment, as long")
NOW = datetime(2026, 11, 24, 9, tzinfo=CHINA)
RANDOM = st.binary(min_size=16, max_size=16)


@given(RANDOM)
def test_a_code_is_read_as_it_was_made_however_it_is_typed(random: bytes) -> None:
    code = new_code(KEYS, random)
    assert (len(code), code[0]) == (41, "1")
    typed = code.lower().replace("0", "o").replace("1", "l")
    assert (read_code(code, KEYS), read_code(typed, KEYS)) == (code, code)


@given(RANDOM, st.integers(0, 40), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_letter_changed_is_no_code_any_more(random: bytes, place: int, letter: str) -> None:
    code = new_code(KEYS, random)
    changed = code[:place] + letter + code[place + 1 :]
    assert read_code(changed, KEYS) == (code if changed == code else None)


@given(RANDOM)
def test_a_code_of_another_deployment_is_none_here(random: bytes) -> None:
    assert read_code(new_code(OTHER, random), KEYS) is None


@given(st.text(max_size=60))
def test_no_text_makes_the_reading_of_codes_fail(text: str) -> None:
    assert read_code(text, KEYS) is None


def test_what_is_kept_is_no_part_of_the_code() -> None:
    code = new_code(KEYS, b"sixteen letters!")
    assert code_hash(KEYS, code) != code_hash(OTHER, code)
    assert code_hash(KEYS, code).hex() not in code.lower()
    assert b"sixteen" not in code_hash(KEYS, code)


def test_the_qr_is_one_picture_that_takes_the_size_of_its_place() -> None:
    drawn = qr_svg(code_url("https://exchange.example", new_code(KEYS, bytes(16))))
    assert drawn.startswith("<svg ")
    assert 'viewBox="0 0 ' in drawn
    assert "width=" not in drawn.split(">", 1)[0]
    assert "script" not in drawn


def test_thirty_wrong_codes_in_a_quarter_of_an_hour_are_enough_and_another_visitor_is_not_held_up() -> None:
    guesses, one, another = Guesses(), b"one", b"another"
    for second in range(30):
        assert guesses.wait(one, NOW + timedelta(seconds=second)) == 0
        guesses.missed(one, NOW + timedelta(seconds=second))
    assert guesses.wait(one, NOW + timedelta(seconds=30)) == 870
    assert guesses.wait(another, NOW + timedelta(seconds=30)) == 0
    assert guesses.wait(one, NOW + timedelta(seconds=900)) == 0
    guesses.missed(one, NOW + timedelta(seconds=900))
    assert guesses.wait(one, NOW + timedelta(seconds=901)) == 0


def test_only_so_many_visitors_are_remembered() -> None:
    guesses = Guesses(most=1, visitors=3)
    for number in range(5):
        guesses.missed(bytes([number]), NOW)
    assert [guesses.wait(bytes([number]), NOW) > 0 for number in range(5)] == [False, False, True, True, True]


def test_a_visitor_is_one_for_a_day_and_an_ipv6_network_is_one_visitor() -> None:
    today, tomorrow = date(2026, 11, 24), date(2026, 11, 25)
    assert visitor_of(KEYS, "192.0.2.1", today) == visitor_of(KEYS, "192.0.2.1", today)
    assert visitor_of(KEYS, "192.0.2.1", today) != visitor_of(KEYS, "192.0.2.1", tomorrow)
    assert visitor_of(KEYS, "192.0.2.1", today) != visitor_of(KEYS, "192.0.2.2", today)
    assert visitor_of(KEYS, "2001:db8::1", today) == visitor_of(KEYS, "2001:db8::ffff", today)
    assert visitor_of(KEYS, "2001:db8::1", today) != visitor_of(KEYS, "2001:db8:0:1::1", today)
    assert len(visitor_of(KEYS, "unix socket", today)) == 16


def test_an_ipv4_visitor_is_the_same_on_a_socket_for_both_and_not_one_with_all_others() -> None:
    today = date(2026, 11, 24)
    assert visitor_of(KEYS, "::ffff:192.0.2.1", today) == visitor_of(KEYS, "192.0.2.1", today)
    assert visitor_of(KEYS, "::ffff:192.0.2.1", today) != visitor_of(KEYS, "::ffff:192.0.2.2", today)
