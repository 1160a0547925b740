"""Named SQL files: what splits, what is refused. A new rule of the format gets its test here."""

import pytest

from exchange.statements import parse, statements


def test_each_block_becomes_a_statement_without_its_semicolon() -> None:
    text = "-- What this file is about.\n\n-- name: one\nselect 1;\n\n-- name: two\nselect\n  2;\n"
    assert parse(text) == {"one": "select 1", "two": "select\n  2"}


def test_comments_below_a_name_stay_with_the_statement() -> None:
    assert parse("-- name: one\n-- Why.\nselect 1;\n") == {"one": "-- Why.\nselect 1"}


def test_a_repeated_name_is_refused() -> None:
    with pytest.raises(ValueError, match="line 3: one is there twice"):
        parse("-- name: one\nselect 1;\n-- name: one\nselect 2;\n")


def test_sql_before_the_first_name_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: SQL before the first name"):
        parse("select 1;\n-- name: one\nselect 1;\n")


def test_a_block_without_sql_is_refused() -> None:
    with pytest.raises(ValueError, match="one has no SQL"):
        parse("-- name: one\n-- Nothing here.\n-- name: two\nselect 2;\n")


def test_a_name_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: 'Keep Records' is not a name such as keep_records"):
        parse("-- name: Keep Records\nselect 1;\n")


def test_an_unknown_statement_is_a_key_error_that_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"nothing is not in exchange/sql/connection\.sql, which has: describe_server"):
        statements("connection")["nothing"]


def test_an_unknown_file_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        statements("no_such_module")
